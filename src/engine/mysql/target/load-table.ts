import { TidemarkError } from "../../../core/errors.ts";
import type { MysqlConnection } from "../connection.ts";
import { quoteQualified } from "../quote.ts";
import type { DefinedColumn } from "../values/column.ts";
import { loadClauses, LOAD_SQL_MODE } from "../values/load-expression.ts";
import { insertRows } from "./insert-rows.ts";
import { forLoadData } from "./load-text.ts";
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
 * MariaDB fills an empty table without a record of each row to undo when neither unique nor foreign keys are to be checked, and a CHECK
 * that the source's rows break was not asked of them there. For MySQL it would make nothing quicker: keys come later.
 */
const SETTINGS = {
  mysql: "foreign_key_checks = 0",
  mariadb:
    "foreign_key_checks = 0, unique_checks = 0, check_constraint_checks = 0",
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
