import type { TableFilter } from "../../../core/shape.ts";
import type { MysqlConnection } from "../connection.ts";
import { SYSTEM_SCHEMAS, TIDEMARK_SCHEMA } from "../names.ts";
import { quoteLiteral } from "../quote.ts";

export interface TableFacts {
  readonly schema: string;
  readonly name: string;
  readonly engine: string;
  /** Whether its changes are undone with their transaction. */
  readonly isTransactional: boolean;
  readonly hasPrimaryKey: boolean;
  /** Foreign keys whose parents' changes change rows of this table, by their names. */
  readonly cascades: readonly string[];
}

/** Of a restore that is at work in this server, or was killed. */
const RESTORE_SCHEMA = "tidemark_restore";

export const OTHER_SCHEMAS: string = [
  ...SYSTEM_SCHEMAS,
  TIDEMARK_SCHEMA,
  RESTORE_SCHEMA,
]
  .map(quoteLiteral)
  .join(", ");

/** Tables with rows that are captured. Of a schema that is named in the URL, those in it. */
export async function readTables(
  connection: MysqlConnection,
  includes: TableFilter,
  signal: AbortSignal,
): Promise<readonly TableFacts[]> {
  const cascades = await readCascades(connection, signal);
  // The server's own order of names is by their letters, ours by their bytes.
  const rows = await connection.query(
    `SELECT t.table_schema, t.table_name, t.engine, e.transactions,
            EXISTS (SELECT 1 FROM information_schema.statistics s
                     WHERE s.table_schema = t.table_schema AND s.table_name = t.table_name AND s.index_name = 'PRIMARY')
       FROM information_schema.tables t LEFT JOIN information_schema.engines e ON e.engine = t.engine
      WHERE t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND t.table_schema NOT IN (${OTHER_SCHEMAS})`,
    signal,
  );
  return rows
    .flatMap(([schema, name, engine, transactions, keyed]) =>
      schema == null || name == null || !includes(schema, name)
        ? []
        : [
            {
              ...{ schema, name, engine: engine ?? "?" },
              isTransactional: transactions === "YES",
              hasPrimaryKey: keyed === "1",
              cascades: cascades.get(keyOf(schema, name)) ?? [],
            },
          ],
    )
    .sort((a, b) => (label(a) < label(b) ? -1 : 1));
}

/** Captured tables that parents' changes change in no log: much sooner read than all of them. */
export async function readCascadingTables(
  connection: MysqlConnection,
  includes: TableFilter,
  signal: AbortSignal,
): Promise<readonly Pick<TableFacts, "schema" | "name" | "cascades">[]> {
  const cascades = await readCascades(connection, signal);
  return [...cascades].flatMap(([key, names]) => {
    const [schema, name] = JSON.parse(key) as [string, string];
    return includes(schema, name) ? [{ schema, name, cascades: names }] : [];
  });
}

/** By table; none where the server logs what foreign keys change. */
async function readCascades(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  if (await logsCascades(connection, signal)) return found;
  const rows = await connection.query(
    `SELECT constraint_schema, table_name, constraint_name FROM information_schema.referential_constraints
      WHERE constraint_schema NOT IN (${OTHER_SCHEMAS})
        AND (delete_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR update_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT'))
      ORDER BY 1, 2, 3`,
    signal,
  );
  for (const [schema, table, name] of rows) {
    const key = keyOf(schema ?? "", table ?? "");
    found.set(key, [...(found.get(key) ?? []), name ?? ""]);
  }
  return found;
}

/** MySQL from 9.6 on, unless it was told to leave them to InnoDB. */
async function logsCascades(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<boolean> {
  if (connection.flavour === "mariadb") return false;
  const [row] = await connection.query(
    "SHOW GLOBAL VARIABLES LIKE 'innodb_native_foreign_keys'",
    signal,
  );
  return row?.[1] === "OFF";
}

function keyOf(schema: string, table: string): string {
  return JSON.stringify([schema, table]);
}

function label({ schema, name }: TableFacts): string {
  return `${schema}\0${name}`;
}
