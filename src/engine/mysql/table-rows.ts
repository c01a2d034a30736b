import { AvroWriter } from "../../format/avro-writer.ts";
import type { MysqlConnection } from "./connection.ts";
import { quoteQualified } from "./quote.ts";
import type { DefinedColumn } from "./values/column.ts";
import { selectExpression } from "./values/select-expression.ts";
import { TextRowReader } from "./values/text-row-reader.ts";

const CHUNK_BYTES = 128 * 1024;

export interface ReadTable {
  readonly namespace: string;
  readonly name: string;
  readonly columns: readonly DefinedColumn[];
}

/** A table's rows as COPY text of canonical values, in chunks that end with a row: for bases, and to read back what was restored. */
export async function* tableRows(
  connection: MysqlConnection,
  table: ReadTable,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { namespace, name, columns } = table;
  const reader = new TextRowReader(columns);
  const out = new AvroWriter(2 * CHUNK_BYTES);
  const select = `SELECT ${columns.map(selectExpression).join(", ")} FROM ${quoteQualified(namespace, name)}`;
  for await (const packets of connection.rows(select, signal)) {
    for (const packet of packets) {
      reader.writeLine(out, packet);
      if (out.size >= CHUNK_BYTES) yield out.cut();
    }
  }
  if (out.size > 0) yield out.cut();
}
