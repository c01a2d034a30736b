/** Plain SQL on one connection to MySQL or MariaDB: what the demo needs. Values are text. */
export interface MysqlSession extends AsyncDisposable {
  readonly version: string;
  readonly flavour: "mysql" | "mariadb";
  query(
    sql: string,
    signal: AbortSignal,
  ): Promise<readonly (readonly (string | null)[])[]>;
  run(
    sql: string,
    signal: AbortSignal,
  ): Promise<{ readonly affectedRows: number }>;
}
