import { CopyLines } from "../../../format/copy-lines.ts";
import { TAB } from "../../../format/copy-text.ts";
import type { MysqlConnection } from "../connection.ts";
import { quoteIdentifier, quoteQualified } from "../quote.ts";
import { COLUMN_TYPE, type DefinedColumn } from "../values/column.ts";
import { jsonWithDecimals } from "../values/json-decimals.ts";
import { loadExpression } from "../values/load-expression.ts";
import { unescapeField } from "./unescape-field.ts";

/** Of values in one statement, each byte of which is two digits in it: far below any max_allowed_packet, and enough to be quick. */
const BATCH_BYTES = 256 * 1024;
const BACKSLASH = 92;

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
    if (!column.generated) values.push(value(column, line.subarray(from, to)));
    from = to + 1;
  }
  return `(${values.join(", ")})`;
}

function value(column: DefinedColumn, field: Buffer): string {
  const text = literal(field);
  const plain = loadExpression(column, text);
  if (column.type !== COLUMN_TYPE.json || text === "NULL") return plain;
  const json = unescapeField(field).toString("utf8");
  return jsonWithDecimals(json, `CONVERT(${text} USING utf8mb4)`) ?? plain;
}

/** In the character set binary; numbers and times in quotes too, which the server reads as it reads them in a file. */
function literal(field: Buffer): string {
  if (field.length === 2 && field[0] === BACKSLASH && field[1] === 78)
    return "NULL";
  if (field.length === 0) return "_binary ''";
  return `_binary x'${unescapeField(field).toString("hex")}'`;
}
