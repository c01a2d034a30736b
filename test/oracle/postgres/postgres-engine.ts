import { parseLsn, lsnPosition } from "../../../src/core/position.ts";
import { TARGET_FAILPOINTS } from "../../../src/engine/postgres/target/target-failpoints.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { type TestClient, uniqueName } from "../../support/postgres-client.ts";
import type { OracleEngine, OracleSource, RestorePlace } from "../engine.ts";
import { LivingServer } from "../living-server.ts";
import { DdlPlanner } from "./ddl.ts";
import { dumpAtRest, dumpDatabase, dumpStandingSource } from "./dump.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { runDdl } from "./run-ddl.ts";
import { SLOT, waitForSlot, watchSlot } from "./watch-slot.ts";

/** One server, with a database for each source and each restore. */
export async function startPostgresEngine(
  major: number,
): Promise<OracleEngine> {
  const server = await startPostgres(major);
  return {
    name: `postgres-${major}`,
    disturbances: [],
    atOnce: 2,
    targetFailpoints: TARGET_FAILPOINTS,
    truncatesWhole: true,
    openSource: () => openSource(server),
    openPlace: async () => openPlace(server),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function openSource(server: TestPostgres): Promise<OracleSource> {
  const database = await server.createDatabase();
  const living = new LivingServer(server);
  const connect = (options?: { readonly replication?: boolean }) =>
    server.connect(database, options);
  return {
    living,
    configuredAs: "postgres",
    url: server.url(database),
    dialect: postgresDialect(() => connect()),
    dump: () => dumpDatabase(connect),
    dumpStanding: () => dumpStandingSource(connect),
    async currentPosition() {
      await using client = await connect();
      return lsnPosition(await currentLsn(client));
    },
    ddl(random) {
      const planner = new DdlPlanner(random);
      return {
        next: () => planner.next(),
        async run(statements) {
          await using client = await connect();
          return await runDdl(client, statements);
        },
      };
    },
    async mark(name) {
      await using client = await connect();
      await client.query("SELECT tidemark.record('marker', $1, '{}')", [name]);
    },
    async disturb(what) {
      throw new Error(`no ${what} here`);
    },
    watch: (archive, signal) => watchSlot({ living, connect }, archive, signal),
    waitUntilReleased: (archive) => waitForSlot({ living, connect }, archive),
    async drop() {
      {
        await using client = await connect();
        await client.query("SELECT pg_drop_replication_slot($1)", [SLOT]);
      }
      await dropDatabase(server, database);
    },
  };
}

async function currentLsn(client: TestClient): Promise<bigint> {
  const { rows } = await client.query<{ lsn: string }>(
    "SELECT pg_current_wal_insert_lsn()::text AS lsn",
  );
  return parseLsn(rows[0]?.lsn ?? "");
}

function openPlace(server: TestPostgres): RestorePlace {
  const name = uniqueName("restored");
  return {
    name,
    url: server.url(name),
    is: (target) => target.endsWith(`/${name}`),
    async isTouched() {
      await using client = await server.connect("postgres");
      const { rowCount } = await client.query(
        "SELECT FROM pg_database WHERE datname = $1",
        [name],
      );
      return rowCount === 1;
    },
    dump: () => dumpAtRest((options) => server.connect(name, options)),
    drop: () => dropDatabase(server, name),
  };
}

async function dropDatabase(server: TestPostgres, name: string): Promise<void> {
  await using client = await server.connect("postgres");
  await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}
