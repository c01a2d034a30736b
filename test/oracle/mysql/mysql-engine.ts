import { setTimeout as delay } from "node:timers/promises";
import {
  formatPosition,
  isAtOrBefore,
  parsePosition,
} from "../../../src/core/position.ts";
import { MYSQL_TARGET_FAILPOINTS } from "../../../src/engine/mysql/target/target-failpoints.ts";
import type { MysqlVersion } from "../../support/mysql-binaries.ts";
import {
  startMysqlServer,
  type TestMysql,
} from "../../support/mysql-server.ts";
import { readArchive } from "../archive-reader.ts";
import type { OracleEngine, OracleSource, RestorePlace } from "../engine.ts";
import { LivingServer } from "../living-server.ts";
import { DdlPlanner } from "./ddl.ts";
import {
  dumpAtRest,
  dumpServer,
  dumpStandingServer,
  type MysqlServer,
  readPosition,
} from "./dump.ts";
import { OTHER_SCHEMAS, quote } from "./dump-catalog.ts";
import { mysqlDialect } from "./mysql-dialect.ts";
import { purgeLog } from "./purge-log.ts";
import { runDdl } from "./run-ddl.ts";
import { MysqlSession } from "./session.ts";

/** Of the servers that restores go into, one to each. */
const TARGET_IDS = [2, 3];

/** All schemas of one server are the source; a restore has another server for itself. */
export async function startMysqlEngine(
  version: MysqlVersion,
): Promise<OracleEngine> {
  await using stack = new AsyncDisposableStack();
  const source = stack.use(await startMysqlServer(version));
  const free: TestMysql[] = [];
  for (const id of TARGET_IDS)
    free.push(
      stack.use(
        await startMysqlServer(version, { settings: { "server-id": id } }),
      ),
    );
  const owned = stack.move();
  return {
    name: version,
    disturbances: ["rotate log", "rotate log", "purge log"],
    atOnce: TARGET_IDS.length,
    targetFailpoints: MYSQL_TARGET_FAILPOINTS,
    // MariaDB empties a table, or some of its partitions, and writes that down afterwards.
    truncatesWhole: source.flavour === "mysql",
    openSource: async () => openSource(source),
    async openPlace() {
      const target = free.shift();
      if (target === undefined)
        throw new Error("every server holds a restore that was not dropped");
      return openPlace(target, () => void free.push(target));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function serverOf(server: TestMysql): MysqlServer {
  return {
    flavour: server.flavour,
    connect: () => MysqlSession.open(server.url()),
  };
}

function openSource(server: TestMysql): OracleSource {
  const living = new LivingServer(server);
  const { flavour, connect } = serverOf(server);
  const currentPosition = async () => {
    await using session = await connect();
    return await readPosition({ flavour }, session);
  };
  return {
    living,
    configuredAs: "mysql",
    url: server.url(),
    dialect: mysqlDialect(server.version, connect),
    dump: () => dumpServer({ flavour, connect }),
    dumpStanding: () => dumpStandingServer({ flavour, connect }),
    currentPosition,
    ddl(random) {
      const planner = new DdlPlanner(random, server.version !== "mariadb-11.8");
      return {
        next: () => planner.next(),
        async run(statements) {
          await using session = await connect();
          return await runDdl(session, statements);
        },
      };
    },
    async mark(name) {
      await using session = await connect();
      await session.run(
        `INSERT INTO tidemark.log (kind, name, body) VALUES ('marker', '${name}', '{}')`,
      );
    },
    async disturb(what, archive) {
      await using session = await connect();
      await session.run("FLUSH BINARY LOGS");
      if (what === "purge log") await purgeLog(session, archive);
    },
    async watch(archive, signal) {
      let looks = 0;
      while (!signal.aborted) {
        const state = await readArchive(archive);
        const end = await living.survive(currentPosition);
        if (state !== undefined) {
          const progress = parsePosition(state.progress.position);
          if (!isAtOrBefore(progress, end))
            throw new Error(
              `the archive has come to ${formatPosition(progress)}, the source's log ends at ${formatPosition(end)}`,
            );
          looks++;
        }
        await delay(100, undefined, { signal }).catch(() => undefined);
      }
      return looks;
    },
    async waitUntilReleased(archive) {
      // Nothing holds a binlog back; what is archived can go.
      await using session = await connect();
      await purgeLog(session, archive);
    },
    drop: () => dropSchemas(server, ["tidemark"]),
  };
}

function openPlace(server: TestMysql, onFree: () => void): RestorePlace {
  return {
    name: `${server.version} at ${server.port}`,
    url: server.url(),
    is: (target) => target.includes(`:${server.port}`),
    isTouched: async () => (await listSchemas(server)).length > 0,
    dump: () => dumpAtRest(serverOf(server)),
    async drop() {
      await dropSchemas(server, []);
      onFree();
    },
  };
}

async function listSchemas(server: TestMysql): Promise<readonly string[]> {
  await using session = await serverOf(server).connect();
  const rows = await session.query<{ s: string }>(
    `SELECT schema_name AS s FROM information_schema.schemata WHERE schema_name NOT IN (${OTHER_SCHEMAS}) OR schema_name = 'tidemark_restore'`,
  );
  return rows.map(({ s }) => s);
}

async function dropSchemas(
  server: TestMysql,
  more: readonly string[],
): Promise<void> {
  const schemas = [...(await listSchemas(server)), ...more];
  await using session = await serverOf(server).connect();
  await session.run("SET foreign_key_checks = 0");
  for (const schema of schemas)
    await session.run(`DROP DATABASE IF EXISTS ${quote(schema)}`);
}
