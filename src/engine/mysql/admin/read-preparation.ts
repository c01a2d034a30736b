import {
  binlogOf,
  parsePosition,
  type BinlogPosition,
} from "../../../core/position.ts";
import type { SourceName } from "../../../core/source-name.ts";
import { serverErrno } from "../errors.ts";
import type { MysqlConnection } from "../connection.ts";
import { quoteLiteral } from "../quote.ts";
import { statusStatement } from "./binlog-places.ts";
import { hasRight } from "./refused.ts";
import type { TableFacts } from "./table-facts.ts";

/** Where a prepared source's history begins, as it was written down. */
export interface PreparedSource {
  readonly server: string;
  readonly mark: string;
  readonly position: BinlogPosition;
}

/** What decides whether every change and every DDL statement reaches the binlog as capture needs it. */
export interface PreparationFacts {
  /** undefined: not prepared, or this user may not see it. */
  readonly prepared: PreparedSource | undefined;
  /** Of tidemark.log; undefined: there is none. */
  readonly logEngine: string | undefined;
  readonly logTriggers: number;
  /** By their names, as SHOW GLOBAL VARIABLES has them; without those that the server does not know. */
  readonly settings: ReadonlyMap<string, string>;
  /** Captured tables, and of each its foreign keys, whose changes are in no log. */
  readonly unloggedCascades: readonly Pick<
    TableFacts,
    "schema" | "name" | "cascades"
  >[];
  /** Another text after every change to any of these. */
  readonly mark: string;
}

/** Whatever is set otherwise in them keeps changes out of the binlog, or what has to be known of them. */
export const SETTINGS: ReadonlyMap<string, string> = new Map([
  ["log_bin", "ON"],
  ["binlog_format", "ROW"],
  ["binlog_row_image", "FULL"],
  ["binlog_row_metadata", "FULL"],
  ["binlog_row_value_options", ""],
  ["binlog_do_db", ""],
  ["binlog_ignore_db", ""],
]);

/** ER_BAD_DB_ERROR, ER_NO_SUCH_TABLE, ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR */
const NOT_SEEN = [1049, 1146, 1044, 1142];

export async function readPreparation(
  connection: MysqlConnection,
  of: {
    readonly source: SourceName;
    readonly tables: PreparationFacts["unloggedCascades"];
  },
  signal: AbortSignal,
): Promise<PreparationFacts> {
  const [log] = await connection.query(
    `SELECT engine, (SELECT COUNT(*) FROM information_schema.triggers WHERE event_object_schema = 'tidemark')
       FROM information_schema.tables WHERE table_schema = 'tidemark' AND table_name = 'log'`,
    signal,
  );
  const names = [...SETTINGS.keys()].map(quoteLiteral).join(", ");
  const rows = await connection.query(
    `SHOW GLOBAL VARIABLES WHERE variable_name IN (${names})`,
    signal,
  );
  const settings = new Map(
    rows.map(([name, value]) => [(name ?? "").toLowerCase(), value ?? ""]),
  );
  await hasRight(async () => {
    // Not variables everywhere, and unlike them only this user's who may see the end of the log, as capture must.
    const [status] = await connection.query(
      statusStatement(connection),
      signal,
    );
    settings.set("binlog_do_db", status?.[2] ?? "");
    settings.set("binlog_ignore_db", status?.[3] ?? "");
  });
  const prepared = await readPrepared(connection, of.source, signal);
  const unloggedCascades = of.tables.filter(
    ({ cascades }) => cascades.length > 0,
  );
  const wrong = [...settings].filter(
    ([name, value]) => SETTINGS.get(name) !== value,
  );
  return {
    ...{ prepared, settings, unloggedCascades },
    logEngine: log?.[0] ?? undefined,
    logTriggers: Number(log?.[1] ?? 0),
    mark: [
      prepared === undefined ? "not prepared" : `source ${prepared.mark}`,
      ...(log === undefined ? ["no log"] : []),
      ...(log !== undefined && log[0] !== "InnoDB" ? [`log ${log[0]}`] : []),
      ...(Number(log?.[1] ?? 0) > 0 ? ["log with triggers"] : []),
      ...wrong.map(([name, value]) => `${name}=${value}`),
      ...unloggedCascades.flatMap(({ schema, name, cascades }) =>
        cascades.map((key) => `foreign key ${schema}.${name}.${key}`),
      ),
    ].join(", "),
  };
}

export async function readPrepared(
  connection: MysqlConnection,
  source: SourceName,
  signal: AbortSignal,
): Promise<PreparedSource | undefined> {
  try {
    const [row] = await connection.query(
      `SELECT server, mark, position FROM tidemark.sources WHERE name = ${quoteLiteral(source)}`,
      signal,
    );
    if (row === undefined) return undefined;
    const [server, mark, position] = row;
    return {
      server: server ?? "",
      mark: mark ?? "",
      position: binlogOf(parsePosition(position ?? "")),
    };
  } catch (error) {
    if (NOT_SEEN.includes(serverErrno(error) ?? 0)) return undefined;
    throw error;
  }
}
