import type { AvroWriter } from "../../../format/avro-writer.ts";
import { NEWLINE, TAB } from "../../../format/copy-text.ts";
import { COLUMN_TYPE, type MysqlColumn } from "./column.ts";

/*
 * Text-protocol row: per column: fb (null) · packed length, bytes.
 * Line: field (TAB field)* NEWLINE, as format/copy-text.ts has it.
 */
const NULL_MARK = 0xfb;
const BACKSLASH = 92;
const CAPITAL_N = 78;
const ZERO = 48;
const NINE = 57;
const MINUS = 45;

/** The letter after the backslash, by byte; 0: the byte stands for itself. */
const ESCAPES = new Uint8Array(256);
for (const [character, letter] of [
  ["\b", "b"],
  ["\t", "t"],
  ["\n", "n"],
  ["\v", "v"],
  ["\f", "f"],
  ["\r", "r"],
  ["\\", "\\"],
] as const)
  ESCAPES[character.charCodeAt(0)] = letter.charCodeAt(0);

const BYTES = 0;
/** Without the zeros of ZEROFILL. */
const NUMBER = 1;
const DOUBLE = 2;

/** JavaScript writes no number longer. */
const DOUBLE_BYTES = 25;
/** Of a larger row what it needs is counted: three times as much would be too much to ask for. */
const SMALL_ROW_BYTES = 64 << 10;
const CHUNK_BYTES = 4096;

/** Turns rows of the select list of `selectExpression` into lines with our canonical values. Made for a table. Hot. */
export class TextRowReader {
  private readonly columns: readonly MysqlColumn[];
  private readonly kinds: Uint8Array;

  constructor(columns: readonly MysqlColumn[]) {
    this.columns = columns;
    this.kinds = Uint8Array.from(columns, kindOf);
  }

  /** Throws RangeError when the packet is not a row of these columns. */
  writeLine(out: AvroWriter, packet: Uint8Array): void {
    const { kinds } = this;
    out.reserve(this.mostBytes(packet));
    const to = out.buffer;
    let at = out.length;
    let read = 0;
    for (let column = 0; column < kinds.length; column++) {
      if (column > 0) to[at++] = TAB;
      let size = packet[read++] ?? Infinity;
      if (size === NULL_MARK) {
        to[at++] = BACKSLASH;
        to[at++] = CAPITAL_N;
        continue;
      }
      if (size > NULL_MARK) {
        const bytes = LENGTH_BYTES[size - 0xfc] ?? 0;
        if (bytes === 0) throw this.damaged(column);
        size = 0;
        for (let n = bytes - 1; n >= 0; n--)
          size = size * 256 + (packet[read + n] ?? Infinity);
        read += bytes;
      }
      const end = read + size;
      if (!(end <= packet.length)) throw this.damaged(column);
      const kind = kinds[column];
      if (kind === DOUBLE) {
        const text = canonicalDouble(packet, read, end);
        for (let n = 0; n < text.length; n++) to[at++] = text.charCodeAt(n);
        read = end;
      } else if (kind === NUMBER) {
        if (packet[read] === MINUS) to[at++] = packet[read++] as number;
        while (
          packet[read] === ZERO &&
          isDigit(packet[read + 1], read + 1, end)
        )
          read++;
        while (read < end) to[at++] = packet[read++] as number;
      } else {
        while (read < end) {
          const byte = packet[read++] as number;
          const letter = ESCAPES[byte] as number;
          if (letter === 0) {
            to[at++] = byte;
          } else {
            to[at++] = BACKSLASH;
            to[at++] = letter;
          }
        }
      }
    }
    if (read !== packet.length) throw this.damaged(kinds.length - 1);
    to[at++] = NEWLINE;
    out.length = at;
  }

  private mostBytes(packet: Uint8Array): number {
    const { length } = packet;
    const { length: columns } = this.kinds;
    const besides = (DOUBLE_BYTES + 3) * columns + 1;
    if (length <= SMALL_ROW_BYTES) return 2 * length + besides;
    let escaped = 0;
    for (let at = 0; at < length; at++)
      if (ESCAPES[packet[at] as number] !== 0) escaped++;
    return length + escaped + besides + CHUNK_BYTES;
  }

  private damaged(column: number): RangeError {
    const name = this.columns[column]?.name ?? "?";
    return new RangeError(`a row that is not one of its table, at ${name}`);
  }
}

/** By the mark of a packed length, from fc on. */
const LENGTH_BYTES = [2, 3, 8, 0] as const;

function isDigit(byte: number | undefined, at: number, end: number): boolean {
  return at < end && byte !== undefined && byte >= ZERO && byte <= NINE;
}

/** As the stream has it: the server writes the same shortest digits, and another form of the exponent. */
function canonicalDouble(
  packet: Uint8Array,
  first: number,
  end: number,
): string {
  let text = "";
  for (let at = first; at < end; at++)
    text += String.fromCharCode(packet[at] as number);
  const value = Number(text);
  if (text === "" || !Number.isFinite(value))
    throw new RangeError("a FLOAT or DOUBLE that is no number");
  return value === 0 && 1 / value < 0 ? "-0" : String(value);
}

function kindOf(column: MysqlColumn): number {
  switch (column.type) {
    case COLUMN_TYPE.float:
    case COLUMN_TYPE.double:
      return DOUBLE;
    case COLUMN_TYPE.tinyint:
    case COLUMN_TYPE.smallint:
    case COLUMN_TYPE.mediumint:
    case COLUMN_TYPE.int:
    case COLUMN_TYPE.bigint:
    case COLUMN_TYPE.decimal:
      return NUMBER;
    default:
      return BYTES;
  }
}
