import { Readable } from "node:stream";
import { TidemarkError } from "../../../core/errors.ts";
import type { MysqlConnection } from "../connection.ts";
import { quoteQualified } from "../quote.ts";
import type { DefinedColumn } from "../values/column.ts";
import { loadClauses, LOAD_SQL_MODE } from "../values/load-expression.ts";
import { insertRows } from "./insert-rows.ts";
import { forLoadData } from "./load-text.ts";
import { mayHoldDecimals, RowsApart } from "./rows-apart.ts";
import { untilAborted } from "./until-aborted.ts";

export interface LoadedInto {
  readonly namespace: string;
  readonly name: string;
  /** Of the lines, in their order. */
  readonly columns: readonly DefinedColumn[];
}

/**
 * WARN_DATA_TRUNCATED: ENUM's index 0 is told with it, and stored all the same. Where it means that something else was stored, what is
 * read back shows it.
 */
const TRUNCATED = "1265";

/**
 * A CHECK that the source's rows break was not asked of them there. `unique_checks` is on: without it MariaDB fills an empty table
 * without a record of each row to undo, and the end of such a load and a SELECT of the same table wait for each other for ever (seen in
 * 10.11.14 and 11.8.9: latches of InnoDB, which no time-out reaches). Nor is it quicker: it took 1.2 to 2.4 times as long.
 */
const SETTINGS = {
  mysql: "foreign_key_checks = 0",
  mariadb:
    "foreign_key_checks = 0, unique_checks = 1, check_constraint_checks = 0",
};

/**
 * All rows in the session's transaction, which whoever called begins and ends. InnoDB keeps what it needs to undo it: about as much log
 * as a tenth of the rows, and where a restore is killed in a table of 100 GB the server needs hours to undo them, while the next
 * restore waits for it. Throws STATEMENT_FAILED on a row that is not taken as it is.
 */
export async function loadTable(
  connection: MysqlConnection,
  into: LoadedInto & { readonly rows: AsyncIterable<Uint8Array> },
  signal: AbortSignal,
): Promise<void> {
  await connection.run(
    `SET ${SETTINGS[connection.flavour]}, sql_notes = 0, sql_mode = '${LOAD_SQL_MODE}'`,
    signal,
  );
  const [takesFiles] = await connection.queryOne(
    "SELECT @@GLOBAL.local_infile",
    signal,
  );
  if (takesFiles !== "1") {
    const rows = untilAborted(into.rows, signal);
    await insertRows(connection, { ...into, rows }, signal);
    return;
  }
  if (connection.flavour === "mysql" && mayHoldDecimals(into.columns)) {
    await loadWithDecimals(connection, into, signal);
    return;
  }
  await loadRows(connection, into, signal);
}

/** In turn what LOAD DATA takes, and what waits for an INSERT. */
async function loadWithDecimals(
  connection: MysqlConnection,
  into: LoadedInto & { readonly rows: AsyncIterable<Uint8Array> },
  signal: AbortSignal,
): Promise<void> {
  const parted = new RowsApart(into.rows, into.columns);
  while (!parted.isOver) {
    await loadRows(connection, { ...into, rows: parted.plain() }, signal);
    const rows = Readable.from(parted.takeApart());
    await insertRows(connection, { ...into, rows }, signal);
  }
}

async function loadRows(
  connection: MysqlConnection,
  into: LoadedInto & { readonly rows: AsyncIterable<Uint8Array> },
  signal: AbortSignal,
): Promise<void> {
  const name = quoteQualified(into.namespace, into.name);
  const done = await connection.load(
    `LOAD DATA LOCAL INFILE 'rows' INTO TABLE ${name} CHARACTER SET binary FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' ${loadClauses(into.columns)}`,
    forLoadData(untilAborted(into.rows, signal)),
    signal,
  );
  if (done.warnings > 0) await requireTaken(connection, signal);
}

/** LOAD DATA LOCAL makes a warning of every error, and goes on without the row. */
async function requireTaken(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<void> {
  const warnings = await connection.query("SHOW WARNINGS", signal);
  const [, code, message] =
    warnings.find(([, number]) => number !== TRUNCATED) ?? [];
  if (code == null) return;
  throw new TidemarkError(
    "STATEMENT_FAILED",
    `a row was not taken as it is: ${message} (${code})`,
    {
      hint: "restore into the source's version of the server, or report this",
      details: { errno: Number(code) },
    },
  );
}
