import { describe, expect, it } from "vitest";
import type { Act } from "../../../src/archive/acts.ts";
import { openCatalog, type Catalog } from "../../../src/archive/catalog.ts";
import type { Micros } from "../../../src/core/instant.ts";
import { FaultyStore } from "../../support/faulty-store.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import { marks, proved } from "../../support/proved-catalog.ts";
import {
  baseAct,
  begunCatalog,
  catalogOptions,
  freeAct,
  intentAct,
  nextSegment,
  restoreAct,
  SAMPLE_SOURCE,
  SOURCE_ACT,
} from "../../support/sample-catalog.ts";

/** A catalog that has begun, and its clock. */
async function openAt(now: () => Micros): Promise<Catalog> {
  const store = new MemoryStore();
  await begunCatalog(store);
  return openCatalog({ ...catalogOptions(store), clock: { now } }, never);
}

describe("an append", () => {
  it("writes nothing that does not continue it", async () => {
    const store = new MemoryStore();
    const catalog = await begunCatalog(store);
    const writer = await catalog.takeEpoch(SAMPLE_SOURCE, never);
    const segment = nextSegment(writer.state, 3);
    await writer.append(segment, never);
    await expect(writer.append(segment, never)).rejects.toMatchObject({
      code: "INTERNAL",
    });
    await expect(
      catalog.takeEpoch({ ...SAMPLE_SOURCE, systemIdentifier: "1" }, never),
    ).rejects.toMatchObject({ code: "INTERNAL" });
    expect(store.objects.size).toBe(3);
  });

  it("takes a base only while its intent lives", async () => {
    let now = 1_000_000n;
    const catalog = await openAt(() => now);
    const intent = (name: string) =>
      intentAct(name, "1970-01-01T00:00:10.000000Z");
    const refused = { code: "INTERNAL" };
    await expect(catalog.append(baseAct("a"), never)).rejects.toMatchObject(
      refused,
    );
    await catalog.append(intent("a"), never);
    await catalog.append(intent("b"), never);
    await catalog.append(baseAct("a"), never);
    now = 10_000_000n;
    await expect(catalog.append(baseAct("b"), never)).rejects.toMatchObject(
      refused,
    );
    expect(catalog.state.bases.map((each) => each.base)).toEqual(["a"]);
  });
});

describe("the intent of a base", () => {
  const HOUR = 3_600_000_000n;

  it("is said again when half of its time is over, once for all who ask", async () => {
    let now = 0n;
    const catalog = await openAt(() => now);
    await catalog.append(intentAct("a", "1970-01-02T00:00:00.000000Z"), never);
    now = 12n * HOUR;
    await catalog.keepIntent("a", 24n * HOUR, never);
    expect(catalog.state.intents).toHaveLength(1);
    now = 13n * HOUR;
    await Promise.all([
      catalog.keepIntent("a", 24n * HOUR, never),
      catalog.keepIntent("a", 24n * HOUR, never),
    ]);
    expect(catalog.state.intents.map(({ expiresAt }) => expiresAt)).toEqual([
      "1970-01-02T00:00:00.000000Z",
      "1970-01-02T13:00:00.000000Z",
    ]);
    now = 30n * HOUR;
    await catalog.append(baseAct("a"), never);
    expect(catalog.state.intents).toEqual([]);
  });

  it("is not said again once it has expired", async () => {
    let now = 0n;
    const catalog = await openAt(() => now);
    await catalog.append(intentAct("a", "1970-01-02T00:00:00.000000Z"), never);
    now = 24n * HOUR;
    await expect(
      catalog.keepIntent("a", 24n * HOUR, never),
    ).rejects.toMatchObject({ code: "INTERNAL" });
  });
});

describe("an append whose answer is lost", () => {
  const kinds = ["create", "read", "stat"] as const;
  const faults = kinds.flatMap((call) =>
    (["before", "after", "cut"] as const).flatMap((fails) =>
      [1, 2, 3, 4].map((nth) => ({ call, fails, nth })),
    ),
  );

  it.each(faults)(
    "($call $nth fails $fails) ends in one entry of ours, with a rival too",
    async ({ call, fails, nth }) => {
      const inner = new MemoryStore();
      const store = new FaultyStore(inner);
      const rival = await begunCatalog(inner);
      const catalog = await openCatalog(catalogOptions(store), never);
      let rivals = 0;
      store.onCall = async ({ call: seen }) => {
        if (seen === "create" && rivals < 2) {
          await rival.append(freeAct(1000 + rivals++), never);
        }
      };
      store.fail({ calls: [call], fails, nth });
      for (const mark of [1, 2]) {
        // What the store does not answer for good may throw; the same act again settles it.
        await untilDone(() => catalog.append(freeAct(mark), never));
      }
      const { acts, state } = await proved(inner);
      expect(marks(acts).sort((a, b) => a - b)).toEqual([1, 2, 1000, 1001]);
      await catalog.refresh(never);
      expect(catalog.state).toEqual(state);
    },
  );

  it("once or twice is settled without the caller", async () => {
    for (const fails of ["before", "after"] as const) {
      const inner = new MemoryStore();
      const store = new FaultyStore(inner);
      await begunCatalog(inner);
      const catalog = await openCatalog(catalogOptions(store), never);
      store.fail(
        { calls: ["create"], fails, nth: 1 },
        { calls: ["create"], fails, nth: 2 },
        { calls: ["read"], fails: "before", nth: 1 },
      );
      expect(await catalog.append(freeAct(1), never)).toMatchObject({ n: 2 });
      expect(store.count("create")).toBeGreaterThan(2);
      expect(marks((await proved(inner)).acts)).toEqual([1]);
    }
  });

  it("for good throws, and the same act again finds it there", async () => {
    for (const fails of ["before", "after"] as const) {
      const inner = new MemoryStore();
      const store = new FaultyStore(inner);
      await begunCatalog(inner);
      const catalog = await openCatalog(catalogOptions(store), never);
      const writer = await catalog.takeEpoch(SAMPLE_SOURCE, never);
      const segment = nextSegment(writer.state, 3);
      store.fail({ calls: ["create"], fails, nth: 1, forEver: true });
      await expect(writer.append(segment, never)).rejects.toMatchObject({
        code: "STORE_UNREACHABLE",
      });
      store.heal();
      // Also when it has been read meanwhile.
      await catalog.refresh(never);
      const entry = await writer.append(segment, never);
      expect(entry).toMatchObject({ n: 3, ...segment });
      await writer.append(nextSegment(writer.state, 1), never);
      expect((await proved(inner)).state).toEqual(catalog.state);
      expect(catalog.state.segments).toHaveLength(2);
    }
  });

  it("that lands late is another's entry to the next act", async () => {
    const inner = new MemoryStore();
    const store = new FaultyStore(inner);
    await begunCatalog(inner);
    const catalog = await openCatalog(catalogOptions(store), never);
    store.fail({ calls: ["create"], fails: "after", nth: 1, forEver: true });
    await expect(catalog.append(freeAct(1), never)).rejects.toThrow();
    store.heal();
    await catalog.append(freeAct(2), never);
    expect(marks((await proved(inner)).acts)).toEqual([1, 2]);
  });

  it("is not tried again on a full disk, nor after a cancel", async () => {
    const { TidemarkError } = await import("../../../src/core/errors.ts");
    const inner = new MemoryStore();
    const store = new FaultyStore(inner);
    await begunCatalog(inner);
    const catalog = await openCatalog(catalogOptions(store), never);
    const error = new TidemarkError("DISK_FULL", "full");
    store.fail({ calls: ["create"], fails: "before", nth: 1, error });
    await expect(catalog.append(freeAct(1), never)).rejects.toBe(error);
    const cancelling = new AbortController();
    store.onCall = async () => cancelling.abort(new Error("stop"));
    await expect(catalog.append(freeAct(2), cancelling.signal)).rejects.toThrow(
      "stop",
    );
    expect(store.count("create")).toBe(2);
    store.onCall = undefined;
    await catalog.append(freeAct(3), never);
    expect(marks((await proved(inner)).acts)).toEqual([3]);
  });

  it("is the same for an epoch and for the beginning", async () => {
    for (const fails of ["before", "after"] as const) {
      const inner = new MemoryStore();
      const store = new FaultyStore(inner);
      const catalog = await openCatalog(catalogOptions(store), never);
      store.fail({ calls: ["create"], fails, nth: 1, forEver: true });
      await expect(catalog.begin(SOURCE_ACT, never)).rejects.toThrow();
      store.heal();
      await catalog.begin(SOURCE_ACT, never);
      store.fail({ calls: ["create"], fails, nth: 1, forEver: true });
      await expect(catalog.takeEpoch(SAMPLE_SOURCE, never)).rejects.toThrow();
      store.heal();
      const writer = await catalog.takeEpoch(SAMPLE_SOURCE, never);
      expect(writer.epoch).toBe(2);
      expect((await proved(inner)).state).toEqual(catalog.state);
    }
  });

  it("of an epoch that a newer one has overtaken is not given out", async () => {
    const inner = new MemoryStore();
    const store = new FaultyStore(inner);
    const rival = await begunCatalog(inner);
    const catalog = await openCatalog(catalogOptions(store), never);
    store.fail({ calls: ["create"], fails: "after", nth: 1, forEver: true });
    await expect(catalog.takeEpoch(SAMPLE_SOURCE, never)).rejects.toThrow();
    store.heal();
    await rival.takeEpoch(SAMPLE_SOURCE, never);
    await catalog.refresh(never);
    const writer = await catalog.takeEpoch(SAMPLE_SOURCE, never);
    expect(writer.epoch).toBe(4);
    await writer.append(nextSegment(writer.state), never);
  });
});

describe("the entry of a restore", () => {
  const ids = (acts: readonly Act[]) =>
    acts.flatMap((act) => (act.act === "restore" ? [act.id] : []));

  it("is written by the first run that comes to it, whatever a later one was asked for", async () => {
    const store = new MemoryStore();
    const killed = await begunCatalog(store);
    await killed.appendRestore(restoreAct(1), never);
    await killed.append(freeAct(1), never);
    const again = await openCatalog(catalogOptions(store), never);
    const asked = { ...restoreAct(1), requested: "latest" };
    await again.appendRestore(asked, never);
    // The same point into the same target is another restore all the same.
    await again.appendRestore(restoreAct(2), never);
    const { acts, state } = await proved(store);
    expect(ids(acts)).toEqual([restoreAct(1).id, restoreAct(2).id]);
    expect(again.state).toEqual(state);
    expect(state.restores[0]).toMatchObject(restoreAct(1));
  });

  it("is found when it comes late, from a run that is gone", async () => {
    const inner = new MemoryStore();
    const store = new FaultyStore(inner);
    const killed = await begunCatalog(inner);
    const again = await openCatalog(catalogOptions(store), never);
    // On its way when its process died, and there just before that of the next run.
    store.onCall = async ({ call }) => {
      store.onCall = undefined;
      expect(call).toBe("create");
      await killed.appendRestore(restoreAct(1), never);
    };
    await again.appendRestore(restoreAct(1), never);
    expect(store.count("create")).toBe(1);
    const { acts } = await proved(inner);
    expect(ids(acts)).toEqual([restoreAct(1).id]);
  });

  it("whose answer is lost is settled by saying it again", async () => {
    for (const fails of ["before", "after"] as const) {
      const inner = new MemoryStore();
      const store = new FaultyStore(inner);
      await begunCatalog(inner);
      const catalog = await openCatalog(catalogOptions(store), never);
      store.fail({ calls: ["create"], fails, nth: 1, forEver: true });
      await expect(
        catalog.appendRestore(restoreAct(1), never),
      ).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
      store.heal();
      await catalog.refresh(never);
      await catalog.appendRestore(restoreAct(1), never);
      expect(ids((await proved(inner)).acts)).toEqual([restoreAct(1).id]);
    }
  });
});

async function untilDone(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await work();
      return;
    } catch (error) {
      if (tries === 3) throw error;
    }
  }
}
