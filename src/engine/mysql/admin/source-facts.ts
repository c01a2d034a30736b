import type { TableFilter } from "../../../core/shape.ts";
import type { SourceName } from "../../../core/source-name.ts";
import { captureLock } from "../capture-lock.ts";
import type { MysqlConnection } from "../connection.ts";
import type { Flavour } from "../session-settings.ts";
import { quoteLiteral } from "../quote.ts";
import { Grants } from "./grants.ts";
import { readPreparation, type PreparationFacts } from "./read-preparation.ts";
import { hasRight } from "./refused.ts";
import { readTables, type TableFacts } from "./table-facts.ts";

/** Who runs the server, as far as it shows: it says how a setting is changed. */
export type Provider = "self" | "rds" | "aurora" | "cloudsql" | "azure";

/** What `check`, `prepare` and capture need to know of a source. */
export interface SourceFacts extends PreparationFacts {
  readonly flavour: Flavour;
  readonly version: string;
  readonly provider: Provider;
  /** `'user'@'host'` as this session is known. */
  readonly account: string;
  readonly grants: Grants;
  /** Of the server, in lower case. */
  readonly variables: ReadonlyMap<string, string>;
  /** Whether the binlog's files and end may be seen. */
  readonly maySeeBinlog: boolean;
  /** RDS and Aurora: hours that a file is kept; null: not at all. */
  readonly rdsRetentionHours: number | null | undefined;
  /** Of another server; undefined: of none, or that may not be seen. */
  readonly isReplica: boolean;
  /** Prepared (XA) and neither committed nor rolled back; undefined: that may not be seen. */
  readonly preparedXa: number | undefined;
  readonly tables: readonly TableFacts[];
  /** The session that reads this source's log. */
  readonly reader: string | undefined;
}

export async function readSourceFacts(
  connection: MysqlConnection,
  of: { readonly source: SourceName; readonly includes: TableFilter },
  signal: AbortSignal,
): Promise<SourceFacts> {
  const ask = (sql: string) => connection.query(sql, signal);
  const variables = new Map(
    (await ask("SHOW GLOBAL VARIABLES")).map(([name, value]) => [
      (name ?? "").toLowerCase(),
      value ?? "",
    ]),
  );
  const [account] = await connection.queryOne("SELECT CURRENT_USER()", signal);
  const provider = providerOf(variables);
  const tables = await readTables(connection, of.includes, signal);
  return {
    ...(await readPreparation(connection, { ...of, tables }, signal)),
    ...{ flavour: connection.flavour, version: connection.version },
    ...{ provider, variables, tables },
    account: accountText(account ?? ""),
    grants: new Grants((await ask("SHOW GRANTS")).map(([line]) => line ?? "")),
    maySeeBinlog: await hasRight(() => ask("SHOW BINARY LOGS")),
    rdsRetentionHours: await readRdsRetention(connection, provider, signal),
    isReplica: await readIsReplica(connection, signal),
    preparedXa: await readPreparedXa(connection, signal),
    reader: await readReader(connection, of.source, signal),
  };
}

/** undefined: nobody reads this source's log. */
export async function readReader(
  connection: MysqlConnection,
  source: SourceName,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [holder] = await connection.queryOne(
    `SELECT IS_USED_LOCK(${quoteLiteral(captureLock(source))})`,
    signal,
  );
  return holder ?? undefined;
}

function providerOf(variables: ReadonlyMap<string, string>): Provider {
  const of = (name: string) => variables.get(name) ?? "";
  if (variables.has("aurora_version")) return "aurora";
  if (of("basedir").startsWith("/rdsdbbin")) return "rds";
  if (of("version").includes("-google")) return "cloudsql";
  return /azure/i.test(of("version_comment")) ? "azure" : "self";
}

async function readRdsRetention(
  connection: MysqlConnection,
  provider: Provider,
  signal: AbortSignal,
): Promise<number | null | undefined> {
  if (provider !== "rds" && provider !== "aurora") return undefined;
  let hours: string | null | undefined;
  const mayRead = await hasRight(async () => {
    const [row] = await connection.query(
      "SELECT value FROM mysql.rds_configuration WHERE name = 'binlog retention hours'",
      signal,
    );
    hours = row?.[0];
  });
  if (!mayRead) return undefined;
  return hours == null ? null : Number(hours);
}

async function readIsReplica(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<boolean> {
  let count = 0;
  await hasRight(async () => {
    const rows = await connection.query(
      connection.flavour === "mysql"
        ? "SHOW REPLICA STATUS"
        : "SHOW ALL SLAVES STATUS",
      signal,
    );
    count = rows.length;
  });
  return count > 0;
}

async function readPreparedXa(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<number | undefined> {
  let count: number | undefined;
  await hasRight(async () => {
    count = (await connection.query("XA RECOVER", signal)).length;
  });
  return count;
}

/** `user@host`, the host without an @. */
function accountText(text: string): string {
  const at = text.lastIndexOf("@");
  return `${quoteLiteral(text.slice(0, at))}@${quoteLiteral(text.slice(at + 1))}`;
}
