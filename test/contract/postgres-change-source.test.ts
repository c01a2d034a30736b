import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { PostgresChangeSource } from "../../src/engine/postgres/source/postgres-change-source.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { never } from "../support/never.ts";
import { prepareDatabase } from "../support/postgres-source.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import {
  describeAcknowledgement,
  type AcknowledgedSource,
} from "./acknowledged-source.ts";
import { describeChangeSource } from "./change-source.ts";

describePostgres(
  [14, 15, 16, 17, 18],
  ({ major }) => {
    let server: TestPostgres;
    let database: string;
    beforeAll(async () => {
      server = await startPostgres(major);
      database = await server.createDatabase();
    });
    afterAll(() => server[Symbol.asyncDispose]());
    const open = () => openSource(server, database);
    describeChangeSource(`pgoutput of ${major}`, open);
    describeAcknowledgement(`pgoutput of ${major}`, open);
  },
  { own: true },
);

async function openSource(
  server: TestPostgres,
  database: string,
): Promise<AcknowledgedSource> {
  const prepared = await prepareDatabase(server, {
    database,
    setup: `DROP TABLE IF EXISTS t, u;
            CREATE TABLE t (id int PRIMARY KEY, note text);
            CREATE TABLE u (id int PRIMARY KEY, note text)`,
    defaults: { wal_sender_timeout: "'1s'" },
  });
  const { source, address, admin } = prepared;
  const run = (sql: string) => prepared.run(sql);
  const ask = async (what: string): Promise<boolean> => {
    const [row] = await prepared.ask<{ readonly answer: boolean }>(
      `SELECT coalesce(bool_or(${what}), false) AS answer
         FROM pg_stat_replication r JOIN pg_stat_activity a USING (pid) WHERE a.datname = '${database}'`,
    );
    return row?.answer === true;
  };
  return {
    open: (options) =>
      new PostgresChangeSource({
        source,
        address,
        includes: () => true,
        ...options,
      }),
    start: () => prepared.confirmed(),
    run,
    fill: (from, rows) =>
      `INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(${from}, ${from + rows - 1}) AS g (n)`,
    manyCommits: `DO $$ BEGIN FOR id IN 3..4000 LOOP INSERT INTO t VALUES (id, 'late'); COMMIT; END LOOP; END $$`,
    session: async () => {
      const client = await prepared.connect();
      return {
        run: async (sql) => void (await client.query(sql)),
        [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
      };
    },
    passableEnd: async () => {
      const end = await admin.currentPosition(never);
      await run("SELECT pg_current_xact_id()");
      return end;
    },
    acknowledged: () => prepared.confirmed(),
    isRead: () => prepared.isRead(),
    hasHeardFor: (ms) =>
      ask(`r.reply_time - a.backend_start > interval '${ms} ms'`),
    isHeldUp: () => ask("a.wait_event = 'WalSenderWriteData'"),
    kill: () => server.kill(),
    stop: async () => {
      await server.stop();
      expect(await clusterState(server.dataDirectory)).toBe(SHUT_DOWN);
    },
    revive: () => server.start(),
    [Symbol.asyncDispose]: () => prepared[Symbol.asyncDispose](),
  };
}

/** DB_SHUTDOWNED of src/include/catalog/pg_control.h. */
const SHUT_DOWN = 1;

/** How the server ended, as it wrote it down itself: after a system identifier and two version numbers. */
async function clusterState(dataDirectory: string): Promise<number> {
  const control = await readFile(join(dataDirectory, "global", "pg_control"));
  return control.readUInt32LE(16);
}
