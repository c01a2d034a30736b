import type { MysqlConnection } from "../connection.ts";
import { quoteLiteral } from "../quote.ts";

/** What objects and loads change in their session. */
const CHANGED = [
  ...["sql_mode", "time_zone", "character_set_client", "collation_connection"],
  ...["foreign_key_checks", "unique_checks", "sql_notes"],
];

/** Runs `work`, and gives the session its own settings back. After an error it is not used again. */
export async function keepingSettings<T>(
  connection: MysqlConnection,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const names =
    connection.flavour === "mariadb"
      ? [...CHANGED, "check_constraint_checks"]
      : CHANGED;
  const values = await connection.queryOne(
    `SELECT ${names.map((name) => `@@SESSION.${name}`).join(", ")}`,
    signal,
  );
  const result = await work();
  const settings = names.map(
    (name, n) => `${name} = ${write(values[n] ?? "")}`,
  );
  await connection.run(`SET ${settings.join(", ")}`, signal);
  return result;
}

function write(value: string): string {
  return /^\d+$/.test(value) ? value : quoteLiteral(value);
}
