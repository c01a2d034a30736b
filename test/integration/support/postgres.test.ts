import { expect, test } from "vitest";
import { describePostgres } from "../../support/describe-postgres.ts";
import { POSTGRES_MAJORS } from "../../support/postgres-binaries.ts";
import { startPostgres } from "../../support/postgres.ts";

describePostgres(POSTGRES_MAJORS, (postgres) => {
  test("is the version it says, ready for logical decoding", async () => {
    const database = await postgres.server.createDatabase();
    await using client = await postgres.server.connect(database);
    const { rows } = await client.query<Record<string, string>>(
      `SELECT current_setting('server_version_num')::int / 10000 AS major,
              current_setting('wal_level') AS wal_level,
              current_setting('server_encoding') AS encoding,
              current_database() AS database`,
    );
    expect(rows).toEqual([
      {
        major: postgres.major,
        wal_level: "logical",
        encoding: "UTF8",
        database,
      },
    ]);
  });

  test("speaks the replication protocol", async () => {
    await using client = await postgres.server.connect("postgres", {
      replication: true,
    });
    const { rows } = await client.query("IDENTIFY_SYSTEM");
    expect(rows).toHaveLength(1);
  });
});

describePostgres(
  [14, 18],
  ({ major }) => {
    test("keeps what was committed over a kill, at the same address", async () => {
      await using server = await startPostgres(major, {
        settings: { max_connections: 33 },
      });
      const url = server.url("postgres");
      await using before = await server.connect("postgres");
      await before.query("CREATE TABLE kept AS SELECT 1 AS id");
      await server.kill();
      await expect(before.query("SELECT 1")).rejects.toThrow();
      await server.start();
      expect(server.url("postgres")).toBe(url);
      await using after = await server.connect("postgres");
      const { rows } = await after.query(
        "SELECT id, current_setting('max_connections') AS connections FROM kept",
      );
      expect(rows).toEqual([{ id: 1, connections: "33" }]);
    });
  },
  { own: true },
);
