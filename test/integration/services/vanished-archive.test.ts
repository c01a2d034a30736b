import { lsnOf } from "../../../src/core/position.ts";
import { expect, test } from "vitest";
import { describePostgres } from "../../support/describe-postgres.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import {
  prepareDatabase,
  type PreparedDatabase,
} from "../../support/postgres-source.ts";
import { startService, type TestService } from "../../support/service.ts";
import { tempDirectory } from "../../support/temp-directory.ts";
import { waitUntil } from "../../support/wait-until.ts";

/** Until the source has released log: the transaction before the last archived one is acknowledged. */
async function archiveSome(
  prepared: PreparedDatabase,
  service: TestService,
): Promise<void> {
  const start = await prepared.admin.preparedPosition(never);
  await prepared.run("INSERT INTO t VALUES (1)");
  await prepared.run("INSERT INTO t VALUES (2)");
  await service.archived("two transactions", ({ head }) => head.seq >= 2);
  await waitUntil("the slot moves on", async () => {
    await prepared.admin.heartbeat("move", never);
    return lsnOf(await prepared.confirmed()) > lsnOf(start);
  });
}

describePostgres([14, 15, 18], (postgres) => {
  test("where archive and journal are both away, no second history begins and the source keeps its log", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE TABLE t (id int PRIMARY KEY)",
    });
    await using directory = await tempDirectory();
    await using store = new MemoryStore();
    {
      await using first = await startService(prepared, {
        ...{ directory: directory.path, rpoMs: 50, store },
      });
      await archiveSome(prepared, first);
    }
    const confirmed = await prepared.confirmed();
    {
      await using elsewhere = await tempDirectory();
      await using empty = new MemoryStore();
      await using second = await startService(prepared, {
        ...{ directory: elsewhere.path, rpoMs: 50, store: empty },
        ends: true,
      });
      await waitUntil("it stops", () => second.state()?.kind === "stopped");
      const said = JSON.stringify(second.state());
      expect(said).toContain('"NOT_FOUND"');
      expect(said).toContain("has released its log");
      expect(said).toContain("its disk mounted");
      expect((await second.catalog()).isEmpty).toBe(true);
    }
    expect(await prepared.confirmed()).toEqual(confirmed);
    // With its disk back it goes on where it was, though the journal is still away.
    await using elsewhere = await tempDirectory();
    await using third = await startService(prepared, {
      ...{ directory: elsewhere.path, rpoMs: 50, store },
    });
    const { head } = (await third.catalog()).state;
    await prepared.run("INSERT INTO t VALUES (3)");
    await third.archived(
      "what comes next",
      (state) => state.head.seq > head.seq,
    );
    expect(third.state()).toEqual({ kind: "running" });
  });

  test("a source that is forgotten and prepared again begins a new history", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE TABLE t (id int PRIMARY KEY)",
    });
    const { admin } = prepared;
    await using directory = await tempDirectory();
    {
      await using first = await startService(prepared, {
        ...{ directory: directory.path, rpoMs: 50 },
      });
      await archiveSome(prepared, first);
    }
    await admin.prepare(await admin.planForget(never), never);
    await admin.prepare(await admin.planPrepare(never), never);
    await using elsewhere = await tempDirectory();
    await using second = await startService(prepared, {
      ...{ directory: elsewhere.path, rpoMs: 50 },
    });
    await prepared.run("INSERT INTO t VALUES (4)");
    await second.archived("a first transaction", ({ head }) => head.seq >= 1);
  });

  test("a slot of a prepare that died before it was recorded is recorded by the next one", async () => {
    await using prepared = await prepareDatabase(postgres.server, {});
    const { admin } = prepared;
    await prepared.run("DELETE FROM tidemark.slots");
    expect(await admin.diagnose(never)).toContainEqual(
      expect.objectContaining({ code: "slot-unrecorded", severity: "error" }),
    );
    await admin.prepare(await admin.planPrepare(never), never);
    expect(await admin.diagnose(never)).not.toContainEqual(
      expect.objectContaining({ severity: "error" }),
    );
    expect(await admin.preparedPosition(never)).toEqual(
      await prepared.confirmed(),
    );
  });
});
