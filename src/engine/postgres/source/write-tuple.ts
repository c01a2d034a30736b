import type { AvroWriter } from "../../../format/avro-writer.ts";

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

/** Copies the tuple at `offset` as a row; returns where it ends. Throws RangeError on what the protocol does not have. */
export function writeTuple(
  out: AvroWriter,
  tuple: { readonly message: Buffer; readonly offset: number },
  rules: TupleRules,
): number {
  const { message } = tuple;
  const { columns, identifies } = rules;
  let from = tuple.offset;
  const count = message.readUInt16BE(from);
  from += 2;
  if (count !== columns) {
    throw new RangeError(
      `a row of ${count} columns, its relation has ${columns}`,
    );
  }
  out.reserve(message.length - from + 2 * count + 8);
  const to = out.buffer;
  let at = out.length;
  if (count > 0) at = writeLength(to, at, count);
  for (let column = 0; column < count; column++) {
    const kind = message[from++];
    if (identifies !== undefined && !identifies[column]) {
      if (kind !== KIND_NULL)
        throw new RangeError("an old key with other columns");
      to[at++] = AVRO_MISSING;
      to[at++] = ABSENT;
    } else if (kind === KIND_TEXT) {
      const size = message.readUInt32BE(from);
      from += 4;
      if (from + size > message.length)
        throw new RangeError("a value beyond its message");
      to[at++] = AVRO_BYTES;
      at = writeLength(to, at, size);
      if (size <= LOOP_BYTES) {
        for (const end = from + size; from < end;)
          to[at++] = message[from++] as number;
      } else {
        message.copy(to, at, from, from + size);
        at += size;
        from += size;
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
  out.length = count > 0 ? at : out.length + 1;
  return from;
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
