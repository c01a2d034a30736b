import type { AvroWriter } from "../../../format/avro-writer.ts";
import type { MessageReader } from "./messages/reader.ts";

/*
 * TupleData: Int16 columns · per column: Byte1 kind · 't' (text) and 'b' (binary): Int32 length, bytes · 'n': null ·
 * 'u': unchanged TOAST value.
 * Row: count · per value: 00 null | 02 00 UNCHANGED | 02 02 ABSENT | 04 length bytes · 00.
 * So a value's bytes are copied from one buffer into the other; nothing is decoded. Hot.
 */
const KIND_NULL = 0x6e;
const KIND_TEXT = 0x74;
const KIND_UNCHANGED = 0x75;

const AVRO_NULL = 0;
const AVRO_MISSING = 2;
const AVRO_BYTES = 4;
const UNCHANGED = 0;
const ABSENT = 2;

/** Shorter values are copied by a loop: a call into native code costs more than that many bytes. */
const LOOP_BYTES = 24;

export interface TupleRules {
  readonly columns: number;
  /** Of an old row by key: other columns are not sent. undefined: every column is. */
  readonly identifies: readonly boolean[] | undefined;
  /** Whether a column may be sent as unchanged: in new rows only. */
  readonly mayBeUnchanged: boolean;
}

/** Copies the tuple that comes next in the message, as a row. Throws RangeError on what the protocol does not have. */
export function writeTuple(
  out: AvroWriter,
  message: MessageReader,
  rules: TupleRules,
): void {
  const { columns, identifies } = rules;
  const count = message.uint16();
  if (count !== columns) {
    throw new RangeError(
      `a row of ${count} columns, its relation has ${columns}`,
    );
  }
  out.reserve(message.left + 2 * count + 8);
  const { buffer: from, end } = message;
  const to = out.buffer;
  let read = message.offset;
  let at = out.length;
  if (count > 0) at = writeLength(to, at, count);
  for (let column = 0; column < count; column++) {
    // Behind the end lies another message, so no byte is taken from there.
    const kind = read < end ? from[read++] : undefined;
    if (identifies !== undefined && !identifies[column]) {
      if (kind !== KIND_NULL)
        throw new RangeError("an old key with other columns");
      to[at++] = AVRO_MISSING;
      to[at++] = ABSENT;
    } else if (kind === KIND_TEXT) {
      const size = read + 4 <= end ? from.readUInt32BE(read) : Infinity;
      read += 4;
      if (read + size > end) throw new RangeError("a value beyond its message");
      to[at++] = AVRO_BYTES;
      at = writeLength(to, at, size);
      if (size <= LOOP_BYTES) {
        for (const last = read + size; read < last;)
          to[at++] = from[read++] as number;
      } else {
        from.copy(to, at, read, read + size);
        at += size;
        read += size;
      }
    } else if (kind === KIND_NULL) {
      // Until 17 such a key comes of a generated column in the replica identity: it does not say which row it is.
      if (identifies !== undefined)
        throw new RangeError("an old key with a null in it");
      to[at++] = AVRO_NULL;
    } else if (kind === KIND_UNCHANGED && rules.mayBeUnchanged) {
      to[at++] = AVRO_MISSING;
      to[at++] = UNCHANGED;
    } else {
      throw new RangeError(`a column of kind ${kind}`);
    }
  }
  to[at++] = 0;
  out.length = at;
  message.offset = read;
}

/** A long ≥ 0 and < 2^31 in zigzag and base 128. */
function writeLength(to: Buffer, offset: number, value: number): number {
  let at = offset;
  let rest = value * 2;
  while (rest > 0x7f) {
    to[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  to[at++] = rest;
  return at;
}
