import { GtidSet } from "../../src/core/gtid-set.ts";
import type { BinlogPosition } from "../../src/core/position.ts";
import {
  parseSourceName,
  type SourceName,
} from "../../src/core/source-name.ts";
import type { TableFilter } from "../../src/core/shape.ts";
import type { ChangeSource } from "../../src/engine/change-source.ts";
import {
  MysqlConnection,
  type MysqlAddress,
} from "../../src/engine/mysql/connection.ts";
import { readLogEnd } from "../../src/engine/mysql/source/log-end.ts";
import { MysqlChangeSource } from "../../src/engine/mysql/source/mysql-change-source.ts";
import { mysqlAddressOf } from "./mysql-address.ts";
import type { TestMysql } from "./mysql-server.ts";
import { never } from "./never.ts";
import { uniqueName } from "./postgres-client.ts";
import { tempDirectory } from "./temp-directory.ts";

export interface SourceOptions {
  readonly includes?: TableFilter;
  readonly queueBytes?: number;
  readonly progressEveryMs?: number;
  readonly serverId?: number;
  readonly address?: MysqlAddress;
}

/** A database of its own on a server, read under a source's name of its own. */
export interface TestMysqlSource extends AsyncDisposable {
  readonly source: SourceName;
  readonly database: string;
  readonly address: MysqlAddress;
  /** The end of the log when `setup` had run. */
  readonly start: BinlogPosition;
  open(options?: SourceOptions): ChangeSource;
  /** Statements in a session that goes on. */
  run(sql: string): Promise<void>;
  end(): Promise<BinlogPosition>;
  /** Whether a process reads this source. */
  isRead(): Promise<boolean>;
}

export async function openMysqlSource(
  server: TestMysql,
  { setup = "" }: { readonly setup?: string } = {},
): Promise<TestMysqlSource> {
  await using stack = new AsyncDisposableStack();
  const database = await server.createDatabase();
  await server.query("CREATE DATABASE IF NOT EXISTS other");
  const source = parseSourceName(uniqueName("s"));
  const address = mysqlAddressOf(server.url());
  const session = stack.use(server.connect(database));
  await session.query(
    server.flavour === "mysql"
      ? "SET SESSION cte_max_recursion_depth = 10000000"
      : "SET SESSION max_recursive_iterations = 10000000",
  );
  if (setup !== "") await session.query(setup);
  const { path: workFolder } = stack.use(await tempDirectory());
  const end = () => endOfLog(address);
  const start = await end();
  const owned = stack.move();
  return {
    ...{ source, database, address, start, end },
    open: (options = {}) =>
      new MysqlChangeSource({
        includesSchema: (schema) => schema === database,
        ...{ source, address, workFolder },
        ...options,
        includes: (schema, name) =>
          schema === database && (options.includes?.(schema, name) ?? true),
      }),
    run: async (sql) => void (await session.query(sql)),
    isRead: async () => {
      const [row] = await server.query<{ holder: string | null }>(
        `SELECT IS_USED_LOCK('tidemark.capture.${source}') AS holder`,
      );
      return row?.holder != null;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** With what was executed by then, where the server numbers its transactions. Nobody writes meanwhile. */
export async function endOfLog(address: MysqlAddress): Promise<BinlogPosition> {
  await using connection = await MysqlConnection.open(
    address,
    { name: "test" },
    never,
  );
  const { place } = await readLogEnd(connection, never);
  const gtids = await executedGtids(connection);
  return { kind: "binlog", ...place, gtids, undecided: undefined };
}

async function executedGtids(
  connection: MysqlConnection,
): Promise<string | undefined> {
  const ask = async (sql: string) => {
    const [gtids] = await connection.queryOne(sql, never);
    return gtids == null ? undefined : GtidSet.parse(gtids).toString();
  };
  const mode = async () =>
    (await connection.queryOne("SELECT @@GLOBAL.gtid_mode", never))[0];
  if (connection.flavour === "mariadb")
    return await ask("SELECT @@GLOBAL.gtid_binlog_pos");
  return (await mode()) === "ON"
    ? await ask("SELECT @@GLOBAL.gtid_executed")
    : undefined;
}
