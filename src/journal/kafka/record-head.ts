import { crc32 } from "node:zlib";
import { TidemarkError } from "../../core/errors.ts";

/** The header that every record of ours carries, as JSON, for whoever looks at a topic with other tools. */
export const HEADER = "tidemark";

export const FORMAT = 1;

export type RecordKind =
  /** A writer has come; what older ones still send does not count any more. */
  | "claim"
  /** A run begins: where the history stands, and the shapes in force. So readers begin here, and trims end here. */
  | "start"
  /** Journal records. */
  | "records";

/**
 * Where a record must stand, and whose it is. **A record counts only at the offset that it says**: its writer knew everything
 * before it, and whatever arrives late, twice, or after somebody else's record stands elsewhere and is void.
 */
export interface RecordHead {
  readonly kind: RecordKind;
  readonly at: number;
  /** The offset of its writer's claim: unique and rising. */
  readonly epoch: number;
  /** The offset of the start before it; absent where there is none. */
  readonly start?: number;
  /** The item stream goes on in the next record: this one has the number, from 0, of `pieces`. */
  readonly piece: number;
  readonly pieces: number;
  /** Of a start: where its history began, its own offset when it begins one. */
  readonly history?: number;
  /** Of a start: the first transaction of which no part is before it. */
  readonly firstSeq?: number;
}

/** The header's last field, over the fields before it and the value: kafkajs does not look at the checksum of a batch. */
const CRC = /,"crc":(\d{1,10})\}$/;

export function encodeHead(head: RecordHead, value: Buffer): string {
  const text = JSON.stringify({ format: FORMAT, ...head });
  const crc = crc32(value, crc32(text));
  return `${text.slice(0, -1)},"crc":${crc}}`;
}

/** Throws FORMAT_TOO_NEW, and RangeError when the bytes or the value are not what was written. */
export function decodeHead(bytes: Buffer, value: Buffer): RecordHead {
  const text = bytes.toString("utf8");
  const fields = JSON.parse(text) as Record<string, unknown>;
  const { format } = fields;
  if (typeof format === "number" && format > FORMAT) {
    throw new TidemarkError(
      "FORMAT_TOO_NEW",
      `a record of the journal has format ${format}, this version knows ${FORMAT}`,
      { hint: "use the version of Tidemark that wrote it, or a newer one" },
    );
  }
  if (format !== FORMAT) throw new RangeError("its header has no format");
  const crc = Number(CRC.exec(text)?.[1]);
  if (crc !== crc32(value, crc32(text.replace(CRC, "}"))))
    throw new RangeError("its bytes are not those that its checksum is of");
  for (const name of ["at", "epoch", "piece", "pieces"])
    requireCount(fields, name);
  for (const name of ["start", "history", "firstSeq"])
    if (fields[name] !== undefined) requireCount(fields, name);
  const { kind } = fields;
  if (kind !== "claim" && kind !== "start" && kind !== "records")
    throw new RangeError(`a record of an unknown kind: ${String(kind)}`);
  return fields as unknown as RecordHead;
}

function requireCount(fields: Record<string, unknown>, name: string): void {
  const value = fields[name];
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new RangeError(`its header has no ${name}`);
}
