/** The program that a database runs on. */
export type Engine = "postgres" | "mysql" | "mariadb";

export interface PostgresIdentity {
  readonly engine: "postgres";
  readonly systemIdentifier: string;
  readonly databaseOid: number;
}

export interface MysqlIdentity {
  readonly engine: "mysql" | "mariadb";
  /** MySQL: server_uuid. MariaDB, which has none: what `prepare` wrote down. */
  readonly serverId: string;
  /** The one schema that is meant; null: all of the server's. */
  readonly schema: string | null;
}

/** What tells one database from every other one. */
export type DatabaseIdentity = PostgresIdentity | MysqlIdentity;

/** The same as far as its log goes: its copies and former selves are others. */
export type SourceLineage =
  (PostgresIdentity & { readonly timeline: number }) | MysqlIdentity;

/** Whether what is written to one is written to the other. */
export function isSameDatabase(
  a: DatabaseIdentity,
  b: DatabaseIdentity,
): boolean {
  if (a.engine === "postgres" || b.engine === "postgres") {
    return (
      a.engine === "postgres" &&
      b.engine === "postgres" &&
      a.systemIdentifier === b.systemIdentifier &&
      a.databaseOid === b.databaseOid
    );
  }
  return (
    a.serverId === b.serverId &&
    (a.schema === null || b.schema === null || a.schema === b.schema)
  );
}

/** Whether one goes on with the log of the other. */
export function isSameLineage(a: SourceLineage, b: SourceLineage): boolean {
  return JSON.stringify(lineageOf(a)) === JSON.stringify(lineageOf(b));
}

/** Nothing but what makes it this one, in one order. */
export function lineageOf(of: SourceLineage): SourceLineage {
  if (of.engine === "postgres") {
    const { engine, systemIdentifier, timeline, databaseOid } = of;
    return { engine, systemIdentifier, timeline, databaseOid };
  }
  const { engine, serverId, schema } = of;
  return { engine, serverId, schema };
}

/** For people. */
export function lineageText(of: SourceLineage): string {
  if (of.engine === "postgres")
    return `system ${of.systemIdentifier}, database ${of.databaseOid}, timeline ${of.timeline}`;
  return `server ${of.serverId}, ${of.schema === null ? "all schemas" : `schema ${of.schema}`}`;
}
