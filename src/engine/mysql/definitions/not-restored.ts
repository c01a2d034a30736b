import { hasCode } from "../../../core/errors.ts";
import { type RunQuery, textOf } from "./query.ts";
import { IS_USER_SCHEMA } from "./schemas.ts";

interface Note {
  readonly sql: string;
  /** Said where this user may not look. */
  readonly hidden?: string;
}

const COMMON: readonly Note[] = [
  {
    sql: `SELECT CONCAT('grants of ', grantee, ' on ', GROUP_CONCAT(DISTINCT table_schema ORDER BY table_schema SEPARATOR ', '))
            FROM (SELECT grantee, table_schema FROM information_schema.schema_privileges
                  UNION SELECT grantee, table_schema FROM information_schema.table_privileges
                  UNION SELECT grantee, table_schema FROM information_schema.column_privileges) AS granted
           WHERE ${IS_USER_SCHEMA("table_schema")} GROUP BY grantee ORDER BY grantee`,
  },
  {
    sql: `SELECT CONCAT('accounts, their passwords and roles: ', COUNT(*)) FROM mysql.user
           WHERE user NOT IN ('root', 'mysql.sys', 'mysql.session', 'mysql.infoschema', 'mariadb.sys', '') HAVING COUNT(*) > 0`,
    hidden: "accounts, their passwords and roles",
  },
  {
    sql: "SELECT CONCAT('loadable function ', name) FROM mysql.func ORDER BY name",
    hidden:
      "loadable functions, if there are any: this user may not look at mysql.func",
  },
];

const MYSQL: readonly Note[] = [
  {
    sql: `SELECT CONCAT('histogram of ', schema_name, '.', table_name, '.', column_name, ' for the planner') FROM information_schema.column_statistics
           WHERE ${IS_USER_SCHEMA("schema_name")} ORDER BY 1`,
  },
  {
    sql: `SELECT CONCAT('READ ONLY of schema ', schema_name) FROM information_schema.schemata_extensions WHERE options <> '' ORDER BY 1`,
  },
];

/** From 9.2 on. */
const LIBRARIES = `SELECT CONCAT('library ', library_schema, '.', library_name) FROM information_schema.libraries ORDER BY 1`;

/** What lies beside the objects of schemas. One line each, for people. */
export async function readNotes(
  query: RunQuery,
  flavour: "mysql" | "mariadb",
): Promise<readonly string[]> {
  const [libraries] = await query(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = 'information_schema' AND table_name = 'LIBRARIES'",
  );
  const notes = [
    ...COMMON,
    ...(flavour === "mysql" ? MYSQL : []),
    ...(libraries === undefined ? [] : [{ sql: LIBRARIES }]),
  ];
  const lines: string[] = [];
  for (const { sql, hidden } of notes) {
    try {
      lines.push(...(await query(sql)).map(([line]) => textOf(line)));
    } catch (error) {
      if (hidden === undefined || !hasCode(error, "RIGHT_MISSING")) throw error;
      lines.push(hidden);
    }
  }
  return lines;
}
