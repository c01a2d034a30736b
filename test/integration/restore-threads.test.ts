import { expect, test } from "vitest";
import { bySeq, findLastCommit } from "../../src/archive/find-commit.ts";
import { TableHistories } from "../../src/archive/table-history.ts";
import { PostgresRestoreTarget } from "../../src/engine/postgres/target/postgres-restore-target.ts";
import { silentLogger } from "../../src/platform/logger.ts";
import { planFolds } from "../../src/restore/plan-folds.ts";
import { planRestore } from "../../src/restore/plan-restore.ts";
import { restore } from "../../src/restore/restore.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { never } from "../support/never.ts";
import { addressOf, prepareDatabase } from "../support/postgres-source.ts";
import { startService } from "../support/service.ts";
import { tableContents } from "../support/table-contents.ts";
import { tempDirectory } from "../support/temp-directory.ts";

const ROWS = 30_000;
const TABLES = ["keyed", "moved", "keyless"];

describePostgres([15, 18], (postgres) => {
  test("tables folded in threads of their own are what the source has", async () => {
    const { server } = postgres;
    await using prepared = await prepareDatabase(server, {
      setup: TABLES.map(
        (table) =>
          `CREATE TABLE ${table} (id int ${table === "keyless" ? "" : "PRIMARY KEY"}, note text);
           INSERT INTO ${table} SELECT i, 'first ' || i FROM generate_series(1, ${ROWS}) i;`,
      ).join(""),
    });
    await using directory = await tempDirectory();
    await using service = await startService(prepared, {
      ...{ directory: directory.path, rpoMs: 100 },
    });
    await service.archived("there is a base", ({ bases }) => bases.length > 0);
    await prepared.run("UPDATE keyed SET note = 'second ' || id");
    await prepared.run(`UPDATE moved SET id = id + ${ROWS} WHERE id % 3 = 0`);
    await prepared.run("DELETE FROM keyless WHERE id % 7 = 0");
    await prepared.run("INSERT INTO keyless VALUES (1, E'tab\\t and \\\\N')");
    await prepared.admin.mark("end", never);
    const state = await service.archived("the mark is archived", (now) =>
      now.segments.some(({ events }) => events.some(isEnd)),
    );

    const archive = { state, store: service.store, workFolder: directory.path };
    const at = await findLastCommit(archive, bySeq(state.head.seq), never);
    const plan = planRestore(state, new TableHistories(state), {
      ...{ at, tables: undefined },
    });
    expect(planFolds(plan, 3).length).toBe(3);
    const database = `restored_${prepared.database}`;
    {
      await using target = new PostgresRestoreTarget(
        addressOf(server.url(database)),
      );
      const report = await restore(
        {
          ...{ archive, plan, partial: false, target, sources: [] },
          ...{ memoryBytes: 256 * 1024 * 1024, streams: 3 },
          ...{ logger: silentLogger, onProgress: () => undefined },
        },
        never,
      );
      expect(report.rows).toBe(3 * ROWS - Math.floor(ROWS / 7) + 1);
      expect(report.changes.folded).toBe(
        ROWS + ROWS / 3 + Math.floor(ROWS / 7) + 1,
      );
    }
    {
      await using source = await prepared.connect();
      await using restored = await server.connect(database);
      expect(await tableContents(restored, TABLES)).toEqual(
        await tableContents(source, TABLES),
      );
    }
    await prepared.ask(`DROP DATABASE ${database}`);
  });
});

function isEnd({ kind, name }: { kind: string; name: string }): boolean {
  return kind === "marker" && name === "end";
}
