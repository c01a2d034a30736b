import type { MysqlConnection } from "../connection.ts";

/**
 * What means nothing for what is made; everything else that a server says is passed on. (MySQL's and MariaDB's manuals, "server error
 * reference".)
 */
const HARMLESS: ReadonlySet<string> = new Set([
  // Words that a later version will not have: of character sets, collations, display widths, ZEROFILL, FLOAT(M,D), prefixes in partition keys.
  ...["1287", "1681", "1235", "3719", "3778", "3669", "3726", "4137"],
  // What DROP … IF EXISTS and CREATE … IF NOT EXISTS did not find, or did.
  ...["1007", "1051", "1305", "1360", "1539", "4092"],
  // A key of a geometry without SRID is not used by the optimizer, nor was it; the first FULLTEXT key rebuilds its table.
  ...["3674", "124"],
  // information_schema shows a text in utf8mb3, beside the text itself.
  "1300",
]);

/** As which MariaDB says of every event that the scheduler is off: it is as it was left there. */
const UNNUMBERED = "1105";
/** As far as the kind of an object is from the beginning of its statement. */
const HEAD = 400;

/** Returns what the server says beside errors. */
export async function runStatement(
  connection: MysqlConnection,
  sql: string | Uint8Array,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const head = Buffer.from(sql.slice(0, HEAD)).toString("latin1");
  const { warnings } = await connection.run(sql, signal);
  if (warnings === 0) return [];
  const said = await connection.query("SHOW WARNINGS", signal);
  return said
    .filter(
      ([, code]) =>
        !HARMLESS.has(code ?? "") &&
        !(code === UNNUMBERED && / EVENT /.test(head)),
    )
    .map(([, code, message]) => `${message} (${code})`);
}
