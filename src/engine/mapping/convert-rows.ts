import { isUtf8 } from "node:buffer";
import { TidemarkError } from "../../core/errors.ts";
import { AvroWriter } from "../../format/avro-writer.ts";
import { CopyLines } from "../../format/copy-lines.ts";
import { NEWLINE, TAB } from "../../format/copy-text.ts";
import type { Span } from "../../format/span.ts";
import type { Conversion } from "./conversion.ts";
import { escapedSize, unescapeField, writeEscaped } from "./copy-field.ts";

const CHUNK_BYTES = 128 * 1024;
const BACKSLASH = 92;
const CAPITAL_N = 78;

export interface ConvertedTable {
  /** For people. */
  readonly label: string;
  readonly columns: readonly {
    readonly name: string;
    /** undefined: the target does not have the column. */
    readonly conversion: Conversion | undefined;
  }[];
}

/**
 * Rows of one engine as rows of the other, a line at a time: what is in memory is a chunk and a row. A value that need not change costs no
 * object; one that does costs a string or two, for this happens once, in a restore to another engine.
 */
export async function* convertRows(
  rows: AsyncIterable<Uint8Array>,
  table: ConvertedTable,
): AsyncGenerator<Buffer> {
  const out = new AvroWriter(2 * CHUNK_BYTES);
  const cut: Buffer[] = [];
  const lines = new CopyLines((line) => {
    writeLine(out, line, table);
    if (out.size >= CHUNK_BYTES) cut.push(out.cut());
  });
  for await (const chunk of rows) {
    lines.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    yield* cut.splice(0);
  }
  lines.finish();
  if (out.size > 0) yield out.cut();
}

function writeLine(
  out: AvroWriter,
  { bytes, from, to }: Span,
  table: ConvertedTable,
): void {
  let at = from;
  let isFirst = true;
  for (const { name, conversion } of table.columns) {
    if (at > to) throw new RangeError("a row has too few columns");
    let end = at;
    while (end < to && bytes[end] !== TAB) end++;
    if (conversion !== undefined) {
      if (!isFirst) writeByte(out, TAB);
      isFirst = false;
      const field = Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at);
      try {
        writeField(out, field, conversion);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw misfit(table.label, name, error);
      }
    }
    at = end + 1;
  }
  if (table.columns.length > 0 && at <= to)
    throw new RangeError("a row has too many columns");
  writeByte(out, NEWLINE);
}

function writeField(
  out: AvroWriter,
  field: Buffer,
  conversion: Conversion,
): void {
  const isNull =
    field.length === 2 && field[0] === BACKSLASH && field[1] === CAPITAL_N;
  if (isNull || conversion.kind === "same") {
    out.writeRaw(field);
    return;
  }
  switch (conversion.kind) {
    case "utf8":
      if (!isUtf8(field)) throw new RangeError("a text that is not UTF-8");
      if (!conversion.allowsZero && field.includes(0))
        throw new RangeError("a text with a zero byte");
      out.writeRaw(field);
      return;
    case "text": {
      const text = unescapeField(field).toString("utf8");
      writeValue(out, Buffer.from(conversion.convert(text), "utf8"));
      return;
    }
    case "bytes":
      writeValue(out, conversion.convert(unescapeField(field)));
      return;
    default:
      conversion satisfies never;
  }
}

function writeValue(out: AvroWriter, value: Buffer): void {
  out.reserve(escapedSize(value));
  out.length = writeEscaped(value, out.buffer, out.length);
}

function writeByte(out: AvroWriter, byte: number): void {
  out.reserve(1);
  out.buffer[out.length++] = byte;
}

function misfit(
  table: string,
  column: string,
  { message }: RangeError,
): TidemarkError {
  return new TidemarkError(
    "TARGET_UNSUITABLE",
    `${table}.${column} holds ${message}: the target has no such value`,
    {
      hint: "change those rows in the source and restore a later point, or restore without this table (--table names the others); docs/mapping.md says which values fit. The target is unfinished: drop it",
      details: { table, column },
    },
  );
}
