import { CopyLines } from "../../../format/copy-lines.ts";
import { NEWLINE, TAB } from "../../../format/copy-text.ts";
import type { MysqlConnection } from "../connection.ts";
import { quoteIdentifier, quoteQualified } from "../quote.ts";
import type { DefinedColumn } from "../values/column.ts";
import { loadExpression } from "../values/load-expression.ts";

/** Of values in one statement, each byte of which is two digits in it: far below any max_allowed_packet, and enough to be quick. */
const BATCH_BYTES = 256 * 1024;
const BACKSLASH = 92;

/** The bytes behind a backslash's letter. */
const UNESCAPED: Readonly<Record<string, number>> = {
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  "\\": BACKSLASH,
};

/** INSERTs of many rows, for servers that do not take LOAD DATA LOCAL. In the session's transaction. */
export async function insertRows(
  connection: MysqlConnection,
  into: {
    readonly namespace: string;
    readonly name: string;
    readonly columns: readonly DefinedColumn[];
    readonly rows: AsyncIterable<Uint8Array>;
  },
  signal: AbortSignal,
): Promise<void> {
  const stored = into.columns.filter(({ generated }) => !generated);
  const names = stored.map(({ name }) => quoteIdentifier(name)).join(", ");
  const head = `INSERT INTO ${quoteQualified(into.namespace, into.name)} (${names}) VALUES `;
  const batch: string[] = [];
  let bytes = 0;
  const lines: string[] = [];
  const cut = new CopyLines(({ bytes: text, from, to }) => {
    lines.push(rowValues(Buffer.from(text.subarray(from, to)), into.columns));
  });
  const send = async () => {
    if (batch.length === 0) return;
    await connection.run(head + batch.join(",\n"), signal);
    batch.length = 0;
    bytes = 0;
  };
  for await (const chunk of into.rows) {
    cut.push(Buffer.from(chunk));
    for (const line of lines.splice(0)) {
      batch.push(line);
      bytes += line.length;
      if (bytes >= BATCH_BYTES) await send();
    }
  }
  cut.finish();
  await send();
}

/** `(…, …)` of a line without its newline. */
function rowValues(line: Buffer, columns: readonly DefinedColumn[]): string {
  const values: string[] = [];
  let from = 0;
  for (const column of columns) {
    const tab = line.indexOf(TAB, from);
    const to = tab === -1 ? line.length : tab;
    if (!column.generated)
      values.push(loadExpression(column, literal(line.subarray(from, to))));
    from = to + 1;
  }
  return `(${values.join(", ")})`;
}

/** In the character set binary; numbers and times in quotes too, which the server reads as it reads them in a file. */
function literal(field: Buffer): string {
  if (field.length === 2 && field[0] === BACKSLASH && field[1] === 78)
    return "NULL";
  if (field.length === 0) return "_binary ''";
  return `_binary x'${unescapeField(field).toString("hex")}'`;
}

function unescapeField(field: Buffer): Buffer {
  if (!field.includes(BACKSLASH)) return field;
  const out = Buffer.allocUnsafe(field.length);
  let length = 0;
  for (let at = 0; at < field.length; at++) {
    const byte = field[at] as number;
    if (byte !== BACKSLASH) out[length++] = byte;
    else {
      const letter = String.fromCharCode(field[++at] ?? NEWLINE);
      const unescaped = UNESCAPED[letter];
      if (unescaped === undefined)
        throw new RangeError("an escape that COPY does not write");
      out[length++] = unescaped;
    }
  }
  return out.subarray(0, length);
}
