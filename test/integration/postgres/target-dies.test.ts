import { expect, test } from "vitest";
import { PostgresTableReader } from "../../../src/engine/postgres/reader/postgres-table-reader.ts";
import { PostgresRestoreTarget } from "../../../src/engine/postgres/target/postgres-restore-target.ts";
import { RowDigest } from "../../../src/format/row-digest.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { addressOf } from "../../support/postgres-source.ts";
import { startPostgres } from "../../support/postgres.ts";

const ROWS = Buffer.from("1\tone\n2\ttwo\n");

describePostgres(
  [15, 18],
  ({ major }) => {
    test("a target's server that dies under a restore: the ledger that it comes back with tells of nothing that is not there", async () => {
      await using server = await startPostgres(major);
      const from = await server.createDatabase();
      {
        await using client = await server.connect(from);
        await client.query("CREATE TABLE t (id int PRIMARY KEY, note text)");
      }
      const { definitions } = await new PostgresTableReader(
        addressOf(server.url(from)),
        () => true,
      )
        .openSnapshot({ streams: 1, timeoutMs: 30_000 }, never)
        .then(async (snapshot) => {
          await using held = snapshot;
          return { definitions: held.definitions };
        });
      const [table] = definitions.tables;
      if (table === undefined) throw new Error("no table");
      const open = () =>
        new PostgresRestoreTarget(addressOf(server.url("restored")));
      const phase = { phase: "structure", streams: 1 } as const;
      const structure = (target: PostgresRestoreTarget) =>
        target.runSchema(
          { ...phase, definitions, onProgress: () => undefined },
          never,
        );
      const load = (target: PostgresRestoreTarget) =>
        target.load(table, rows(), never);
      const plan = { planHash: "plan", definitions };
      {
        await using target = open();
        await target.begin(plan, never);
        await structure(target);
        await load(target);
        // Its commits are not waited for: what they made may be gone, and their entries in the ledger with it.
        await server.kill();
        await server.start();
        await expect(load(target)).rejects.toMatchObject({
          code: "SERVER_UNREACHABLE",
        });
        // Nor by a session that is new.
        await expect(load(target)).rejects.toMatchObject({
          code: "SERVER_UNREACHABLE",
        });
      }
      await using again = open();
      const { done } = await again.begin(plan, never);
      await structure(again);
      if (!done.has(again.loadStep(table.table))) await load(again);
      const digest = new RowDigest();
      digest.add(ROWS);
      expect(await again.digest(table, never)).toEqual(digest.finish());
    });
  },
  { own: true },
);

async function* rows(): AsyncGenerator<Buffer> {
  yield ROWS;
}
