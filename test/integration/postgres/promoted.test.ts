import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseSourceName } from "../../../src/core/source-name.ts";
import { PostgresSourceAdmin } from "../../../src/engine/postgres/admin/postgres-source-admin.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { addressOf } from "../../support/postgres-source.ts";
import { startPostgres } from "../../support/postgres.ts";

describePostgres(
  [14, 18],
  ({ major }) => {
    test("a server that was promoted a moment ago is on another timeline", async () => {
      await using server = await startPostgres(major);
      const address = addressOf(server.url("postgres"));
      const admin = new PostgresSourceAdmin(parseSourceName("orders"), address);
      const before = await admin.identity(never);
      {
        // Its first checkpoint then takes a while.
        await using client = await server.connect("postgres");
        await client.query(
          "CREATE TABLE t AS SELECT g, repeat('x', 1000) FROM generate_series(1, 20000) g",
        );
      }
      await server.kill();
      await writeFile(join(server.dataDirectory, "standby.signal"), "");
      await server.start();
      expect(await admin.identity(never)).toEqual(before);
      await using client = await server.connect("postgres");
      await client.query("SELECT pg_promote()");
      expect(await admin.identity(never)).toEqual({
        ...before,
        timeline: 2,
      });
    });
  },
  { own: true },
);
