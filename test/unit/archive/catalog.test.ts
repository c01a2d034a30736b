import { describe, expect, it } from "vitest";
import type { Act } from "../../../src/archive/acts.ts";
import { openCatalog, type Catalog } from "../../../src/archive/catalog.ts";
import type { CatalogState } from "../../../src/archive/catalog-state.ts";
import { catalogKey } from "../../../src/archive/keys.ts";
import { readCatalog } from "../../../src/archive/read-catalog.ts";
import { readEntries } from "../../../src/archive/read-entries.ts";
import type { ObjectStore } from "../../../src/storage/object-store.ts";
import { createRandom } from "../../oracle/random.ts";
import { FaultyStore } from "../../support/faulty-store.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import {
  begunCatalog,
  catalogOptions,
  freeAct,
  nextSegment,
  ORDERS,
  SAMPLE_SOURCE,
  SOURCE_ACT,
} from "../../support/sample-catalog.ts";

/** Every entry, with its whole chain proved. */
async function proved(
  store: ObjectStore,
): Promise<{ readonly state: CatalogState; readonly acts: readonly Act[] }> {
  const place = { store, source: ORDERS };
  const state = await readCatalog({ ...place, from: "start" }, never);
  if (state === undefined) throw new Error("no catalog");
  const range = { from: 1, through: state.entry.n };
  const stored = await Array.fromAsync(readEntries(place, range, never));
  return { state, acts: stored.map(({ entry }) => entry) };
}

function marks(acts: readonly Act[]): number[] {
  return acts.flatMap((act) =>
    act.act === "verify" ? [act.throughEntry] : [],
  );
}

describe("a catalog", () => {
  it("that has not begun has no state, and begins once", async () => {
    const store = new MemoryStore();
    const catalog = await openCatalog(catalogOptions(store), never);
    expect(catalog.isEmpty).toBe(true);
    expect(() => catalog.state).toThrow(
      expect.objectContaining({ code: "NOT_FOUND" }),
    );
    const begun = await Promise.all(
      Array.from({ length: 5 }, () => begunCatalog(store)),
    );
    await catalog.refresh(never);
    for (const each of [...begun, catalog]) {
      expect(each.state).toEqual(begun[0]?.state);
    }
    expect((await proved(store)).state.entry.n).toBe(1);
  });

  it("goes on where it was, from another process", async () => {
    const store = new MemoryStore();
    const catalog = await begunCatalog(store);
    const writer = await catalog.takeEpoch(SAMPLE_SOURCE, never);
    expect(writer.epoch).toBe(2);
    const segment = nextSegment(writer.state, 3);
    const entry = await writer.append(segment, never);
    expect(entry).toMatchObject({ n: 3, ...segment });
    const other = await openCatalog(catalogOptions(store), never);
    expect(other.state).toEqual(catalog.state);
    await other.append(freeAct(1), never);
    await catalog.refresh(never);
    expect(catalog.state).toEqual(other.state);
    await writer.append(nextSegment(writer.state, 1), never);
    expect((await proved(store)).state).toEqual(catalog.state);
  });

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
    const store = new MemoryStore();
    let now = 1_000_000n;
    const options = { ...catalogOptions(store), clock: { now: () => now } };
    await begunCatalog(store);
    const catalog = await openCatalog(options, never);
    const object = { bytes: 1, sha256: "0".repeat(64) };
    const base = (name: string) =>
      ({
        act: "base",
        base: name,
        kind: "live",
        incarnation: 1,
        manifest: { key: `orders/bases/${name}/m`, ...object },
        definitions: {
          key: `orders/bases/${name}/s`,
          ...object,
          seq: 0,
          position: "0/1",
          tables: [],
        },
        seq: { min: 0, max: 0 },
        tables: [],
        rows: 0,
        bytes: 0,
        rawBytes: 0,
        startedAt: "1970-01-01T00:00:01.000000Z",
        finishedAt: "1970-01-01T00:00:01.000000Z",
      }) as const;
    const intent = (name: string) =>
      ({
        act: "intent",
        work: "base",
        prefix: `orders/bases/${name}/`,
        expiresAt: "1970-01-01T00:00:10.000000Z",
      }) as const;
    const refused = { code: "INTERNAL" };
    await expect(catalog.append(base("a"), never)).rejects.toMatchObject(
      refused,
    );
    await catalog.append(intent("a"), never);
    await catalog.append(intent("b"), never);
    await catalog.append(base("a"), never);
    now = 10_000_000n;
    await expect(catalog.append(base("b"), never)).rejects.toMatchObject(
      refused,
    );
    expect(catalog.state.bases.map((each) => each.base)).toEqual(["a"]);
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

describe("several at once", () => {
  const seed = process.env["TIDEMARK_TEST_SEED"] ?? `${Date.now()}`;
  console.log(`catalog races: TIDEMARK_TEST_SEED=${seed}`);
  const random = createRandom(seed);
  const racing = () => new MemoryStore(() => random.integer(1, 4));

  it("all get their acts in, each once", async () => {
    const store = racing();
    await begunCatalog(store);
    const catalogs = await Promise.all(
      Array.from({ length: 5 }, () =>
        openCatalog(catalogOptions(store), never),
      ),
    );
    const wanted: number[] = [];
    await Promise.all(
      catalogs.flatMap((catalog, index) =>
        Array.from({ length: 20 }, (_, turn) => {
          const mark = index * 100 + turn;
          wanted.push(mark);
          return catalog.append(freeAct(mark), never);
        }),
      ),
    );
    const { acts, state } = await proved(store);
    expect(marks(acts).sort((a, b) => a - b)).toEqual(wanted);
    expect(state.entry.n).toBe(101);
  });

  it("writers race, and the older stops with FENCED and never breaks the chain", async () => {
    const store = racing();
    let catalog = await begunCatalog(store);
    let older = await catalog.takeEpoch(SAMPLE_SOURCE, never);
    for (let round = 0; round < 60; round++) {
      const next = await openCatalog(catalogOptions(store), never);
      let landed = 0;
      const writing = (async () => {
        for (;;) {
          await older.append(nextSegment(older.state, 2, `${round}`), never);
          landed += 1;
        }
      })();
      const before = older.state.segments.length;
      const [fenced, newer] = await Promise.all([
        writing.catch((error: unknown) => error),
        next.takeEpoch(SAMPLE_SOURCE, never),
      ]);
      expect(fenced).toMatchObject({ code: "FENCED" });
      expect(newer.epoch).toBe(newer.state.epoch);
      // Nothing that the older was told has landed is missing, and it goes on from there.
      expect(newer.state.segments.length).toBe(before + landed);
      await newer.append(nextSegment(newer.state, 1), never);
      await expect(
        older.append(nextSegment(newer.state, 1), never),
      ).rejects.toMatchObject({ code: "FENCED" });
      older = newer;
      catalog = next;
    }
    expect((await proved(store)).state).toEqual(catalog.state);
  });

  it("a writer goes on past entries of others that need no epoch", async () => {
    const store = racing();
    const catalog = await begunCatalog(store);
    const other = await openCatalog(catalogOptions(store), never);
    const writer = await catalog.takeEpoch(SAMPLE_SOURCE, never);
    await Promise.all([
      (async () => {
        for (let turn = 0; turn < 30; turn++)
          await writer.append(nextSegment(writer.state), never);
      })(),
      (async () => {
        for (let turn = 0; turn < 30; turn++)
          await other.append(freeAct(turn), never);
      })(),
    ]);
    const { state } = await proved(store);
    expect(state.segments).toHaveLength(30);
    expect(state.verifies).toHaveLength(30);
  });
});

describe("the head is found", () => {
  it("in about two requests per doubling, whatever the length", async () => {
    const store = new MemoryStore();
    const catalog: Catalog = await begunCatalog(store);
    for (let n = 1; n <= 300; n++) {
      expect(catalog.state.entry.n).toBe(n);
      const counted = new FaultyStore(store);
      const { state } = await openCatalog(catalogOptions(counted), never);
      expect(state).toEqual(catalog.state);
      const most = 2 * Math.log2(n) + 4;
      expect(counted.count("stat", "list")).toBeLessThanOrEqual(most);
      await catalog.append(freeAct(n), never);
    }
  });

  it("by one request when nothing is new", async () => {
    const store = new FaultyStore(new MemoryStore());
    const catalog = await begunCatalog(store);
    const before = store.seen.length;
    await catalog.refresh(never);
    expect(store.seen.slice(before)).toEqual([
      { call: "stat", key: catalogKey(ORDERS, 2) },
    ]);
  });

  it("although others append while it is looked for", async () => {
    const inner = new MemoryStore();
    const rival = await begunCatalog(inner);
    const store = new FaultyStore(inner);
    let mark = 0;
    store.onCall = async () => {
      if (mark < 40) await rival.append(freeAct(mark++), never);
    };
    const { state } = await openCatalog(catalogOptions(store), never);
    expect(state.entry.n).toBeGreaterThan(1);
    expect(state.verifies.map((each) => each.throughEntry)).toEqual(
      Array.from({ length: state.entry.n - 1 }, (_, index) => index),
    );
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
