import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { createZstdCompress, constants, type ZstdCompress } from "node:zlib";
import { diskError } from "../format/disk-error.ts";
import type { RowDigest } from "../format/row-digest.ts";

/** A part is cut at the first row after so many raw bytes; compressed, that is about 64 MB. */
const PART_RAW_BYTES = 256 * 1024 * 1024;
const NEWLINE = 0x0a;

export interface SpooledPart {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly rows: number;
  readonly rawBytes: number;
}

/**
 * Cuts a table's bulk text into compressed files at ends of rows and digests it on the way. The text is not parsed: in COPY text
 * a newline byte is always the end of a row.
 */
export async function* spoolTable(
  rows: AsyncIterable<Buffer>,
  options: {
    readonly pathOf: (part: number) => string;
    readonly digest: RowDigest;
    readonly partRawBytes?: number;
  },
): AsyncGenerator<SpooledPart> {
  const limit = options.partRawBytes ?? PART_RAW_BYTES;
  let part: PartFile | undefined;
  let number = 0;
  try {
    for await (const chunk of rows) {
      options.digest.add(chunk);
      let rest = chunk;
      while (rest.length > 0) {
        part ??= new PartFile(options.pathOf(number++));
        const cut =
          part.rawBytes + rest.length >= limit
            ? endOfRow(rest, limit - part.rawBytes)
            : -1;
        const own = cut === -1 ? rest : rest.subarray(0, cut);
        await part.write(own);
        rest = rest.subarray(own.length);
        if (cut === -1) continue;
        yield await part.finish();
        part = undefined;
      }
    }
    if (part !== undefined) yield await part.finish();
  } finally {
    await part?.discard();
  }
}

/** Behind the first newline at or after `from`, or −1. */
function endOfRow(chunk: Buffer, from: number): number {
  const at = chunk.indexOf(
    NEWLINE,
    Math.max(0, Math.min(from, chunk.length) - 1),
  );
  return at === -1 ? -1 : at + 1;
}

class PartFile {
  rawBytes = 0;
  private rows = 0;
  private readonly path: string;
  private readonly zstd: ZstdCompress;
  private readonly file: WriteStream;
  private readonly hash: Hash = createHash("sha256");
  private readonly done: Promise<unknown>;

  constructor(path: string) {
    this.path = path;
    this.zstd = createZstdCompress({
      params: {
        [constants.ZSTD_c_compressionLevel]: 3,
        [constants.ZSTD_c_checksumFlag]: 1,
      },
    });
    this.file = createWriteStream(path, { flags: "wx", mode: 0o640 });
    this.zstd.on("data", (bytes: Buffer) => this.hash.update(bytes));
    this.zstd.pipe(this.file);
    this.zstd.on("error", (error) => this.file.destroy(error));
    this.done = finished(this.file).catch((cause: unknown) => {
      throw diskError(path, cause);
    });
    // Heard again, and thrown, by `write` or `finish`.
    this.done.catch(() => undefined);
  }

  async write(bytes: Buffer): Promise<void> {
    this.rawBytes += bytes.length;
    this.rows += countNewlines(bytes);
    if (!this.zstd.write(bytes))
      await Promise.race([once(this.zstd, "drain"), this.done]);
  }

  async finish(): Promise<SpooledPart> {
    this.zstd.end();
    await this.done;
    const { size } = await stat(this.path);
    return {
      path: this.path,
      bytes: size,
      sha256: this.hash.digest("hex"),
      rows: this.rows,
      rawBytes: this.rawBytes,
    };
  }

  async discard(): Promise<void> {
    this.zstd.destroy();
    this.file.destroy();
    await rm(this.path, { force: true });
  }
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (
    let at = bytes.indexOf(NEWLINE);
    at !== -1;
    at = bytes.indexOf(NEWLINE, at + 1)
  )
    count++;
  return count;
}
