import { readFileSync } from "node:fs";
import { TidemarkError } from "../core/errors.ts";
import type { AvroReader } from "./avro-reader.ts";
import { AvroWriter } from "./avro-writer.ts";
import { damaged } from "./damage.ts";

/*
 * Avro object container file (Avro 1.12 specification, "Object Container Files"):
 *   header = "Obj\x01" · map of bytes { avro.schema, avro.codec, tidemark.format } · 16 random bytes, the sync marker
 *   block  = long records · long stored bytes · one zstd frame · sync marker
 */
export const SYNC_BYTES = 16;
/** More than any header that we write. */
export const HEADER_LIMIT = 256 * 1024;

const MAGIC = Buffer.from("Obj\x01", "latin1");
const CODEC = "zstandard";
const FORMAT = "1";
const SCHEMA = JSON.stringify(
  JSON.parse(
    readFileSync(
      new URL("../../schemas/journal-record.v1.avsc", import.meta.url),
      "utf8",
    ),
  ),
);

export function encodeContainerHeader(sync: Uint8Array): Buffer {
  const out = new AvroWriter(8192);
  out.writeRaw(MAGIC);
  out.writeLong(3);
  out.writeString("avro.schema");
  out.writeString(SCHEMA);
  out.writeString("avro.codec");
  out.writeString(CODEC);
  out.writeString("tidemark.format");
  out.writeString(FORMAT);
  out.writeLong(0);
  out.writeRaw(sync);
  return out.cut();
}

/** The sync marker; `reader` is left before the first block. Throws ARCHIVE_DAMAGED, FORMAT_TOO_NEW. */
export function readContainerHeader(reader: AvroReader, name: string): Buffer {
  const entries = new Map<string, string>();
  let sync: Buffer;
  try {
    if (!reader.readRaw(MAGIC.length).equals(MAGIC))
      throw new RangeError("it is not an Avro object container file");
    for (let n = reader.readBlockCount(); n > 0; n = reader.readBlockCount()) {
      for (; n > 0; n--) entries.set(reader.readString(), reader.readString());
    }
    sync = Buffer.from(reader.readRaw(SYNC_BYTES));
  } catch (cause) {
    throw damaged({ name, offset: reader.offset }, "its header", cause);
  }
  if (entries.get("tidemark.format") !== FORMAT) {
    throw new TidemarkError(
      "FORMAT_TOO_NEW",
      `${name} has format ${entries.get("tidemark.format") ?? "none"}; this version reads ${FORMAT}`,
      { hint: "use the version of Tidemark that wrote it, or a newer one" },
    );
  }
  if (entries.get("avro.codec") !== CODEC) {
    throw damaged(
      { name, offset: MAGIC.length },
      `its codec is ${entries.get("avro.codec") ?? "none"}`,
    );
  }
  return sync;
}
