import type { MysqlConnection } from "../connection.ts";

/**
 * Notes and warnings that mean nothing for what is made: words that a later version will not have any more. Everything else that a server
 * says is passed on.
 */
const HARMLESS: ReadonlySet<string> = new Set([
  // ER_WARN_DEPRECATED_SYNTAX and its kin: of character sets, collations, display widths, ZEROFILL, FLOAT(M,D), prefixes in partition keys.
  ...["1287", "1681", "1235", "3719", "3778", "3669", "3726", "4137"],
  // ER_NO_SUCH_TABLE and its kin by IF EXISTS, ER_DB_CREATE_EXISTS.
  ...["1007", "1051", "1305", "1360", "1539", "4092"],
]);

/** Returns what the server says beside errors. */
export async function runStatement(
  connection: MysqlConnection,
  sql: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { warnings } = await connection.run(sql, signal);
  if (warnings === 0) return [];
  const said = await connection.query("SHOW WARNINGS", signal);
  return said
    .filter(([, code]) => !HARMLESS.has(code ?? ""))
    .map(([, code, message]) => `${message} (${code})`);
}
