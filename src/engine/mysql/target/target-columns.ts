import { TidemarkError } from "../../../core/errors.ts";
import type { Shape } from "../../../core/shape.ts";
import type { MysqlConnection } from "../connection.ts";
import { quoteQualified } from "../quote.ts";
import type { DefinedColumn } from "../values/column.ts";
import { describeTables } from "../values/describe-tables.ts";

/** The columns that tables have in the target, read for all of them when the first is asked for: they do not change while rows come. */
export class TargetColumns {
  private tables:
    Promise<ReadonlyMap<string, readonly DefinedColumn[]>> | undefined;

  /** Throws STATEMENT_FAILED when there is no such table, or it has other columns. */
  async of(
    connection: MysqlConnection,
    table: {
      readonly namespace: string;
      readonly name: string;
      readonly shape: Shape;
    },
    signal: AbortSignal,
  ): Promise<readonly DefinedColumn[]> {
    this.tables ??= readAll(connection, signal);
    const reading = this.tables;
    // Who asks next, after an error, is to ask the server again.
    reading.catch(() => (this.tables = undefined));
    const label = quoteQualified(table.namespace, table.name);
    const all = (await reading).get(label);
    if (all === undefined)
      throw new TidemarkError("STATEMENT_FAILED", `there is no table ${label}`);
    const inShape = new Set(table.shape.columns.map(({ name }) => name));
    // Rows of a newer MariaDB are without generated columns: the target computes them, and they are not compared.
    const columns = all.filter(
      ({ name, generated }) => !generated || inShape.has(name),
    );
    const names = (of: readonly { readonly name: string }[]) =>
      of.map(({ name }) => name).join(", ");
    if (names(columns) === names(table.shape.columns)) return columns;
    throw new TidemarkError(
      "STATEMENT_FAILED",
      `${label} has the columns ${names(columns)} instead of ${names(table.shape.columns)}`,
    );
  }
}

async function readAll(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly DefinedColumn[]>> {
  const tables = await describeTables(
    (sql) => connection.query(sql, signal),
    connection,
  );
  return new Map(
    tables.map(({ namespace, name, columns }) => [
      quoteQualified(namespace, name),
      columns,
    ]),
  );
}
