import { expect, test } from "vitest";
import { parseLsn } from "../../../src/core/position.ts";
import {
  openLogEndProbe,
  reachableEnd,
} from "../../../src/engine/postgres/source/log-end.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { addressOf } from "../../support/postgres-source.ts";
import { startPostgres } from "../../support/postgres.ts";

describePostgres(
  [14, 18],
  ({ major }) => {
    test("the end of the log has commits that nobody waited for, too", async () => {
      await using server = await startPostgres(major, {
        settings: { wal_writer_delay: "10s", wal_level: "logical" },
      });
      const database = await server.createDatabase();
      await using client = await server.connect(database);
      await client.query("CREATE TABLE t (id int)");
      await client.query("SET synchronous_commit = off");
      await using probe = openLogEndProbe(addressOf(server.url(database)));
      for (let id = 1; id <= 20; id++) {
        await client.query(`INSERT INTO t VALUES (${id})`);
        const { rows } = await client.query<{ lsn: string; page: number }>(
          "SELECT pg_current_wal_insert_lsn()::text AS lsn, current_setting('wal_block_size')::int AS page",
        );
        const [row] = rows;
        const committed = reachableEnd(parseLsn(row?.lsn ?? ""), {
          page: row?.page ?? 0,
          segment: 16 * 1024 * 1024,
        });
        expect((await probe.ask())?.lsn).toBeGreaterThanOrEqual(committed);
      }
    });
  },
  { own: true },
);
