import { describe, expect, it } from "vitest";
import {
  basePrefix,
  catalogKey,
  segmentKey,
} from "../../../src/archive/keys.ts";
import { planSweep } from "../../../src/archive/plan-sweep.ts";
import { prepareSweep, runSweep } from "../../../src/archive/sweep.ts";
import { formatInstant, parseInstant } from "../../../src/core/instant.ts";
import { FaultyStore } from "../../support/faulty-store.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import {
  begunCatalog,
  freeAct,
  nextSegment,
  ORDERS,
  SAMPLE_SOURCE,
} from "../../support/sample-catalog.ts";

const NOW = parseInstant("2026-11-25T00:00:00Z");
const HOUR_MS = 3_600_000;
const RULES = { now: NOW, minimumAgeMs: 24 * HOUR_MS };

const object = (key: string, ageHours: number) => ({
  key,
  sizeBytes: 10,
  createdAtMs: Number(NOW / 1000n) - ageHours * HOUR_MS,
});
const segment = (epoch: number, first: number) =>
  segmentKey(ORDERS, { epoch, first, last: first, sha256: "ab".repeat(32) });

/** Epochs 2 and 4; one segment named; bases `done` (named), `live`, `grace` and `dead` (intents of other ages). */
async function archive() {
  const store = new MemoryStore();
  const catalog = await begunCatalog(store);
  const writer = await catalog.takeEpoch(SAMPLE_SOURCE, never);
  const named = nextSegment(writer.state, 1);
  await writer.append(named, never);
  await catalog.takeEpoch(SAMPLE_SOURCE, never);
  const intents = { done: 24, live: 1, grace: -23, dead: -25 };
  for (const [base, hoursLeft] of Object.entries(intents)) {
    await catalog.append(
      {
        act: "intent",
        work: "base",
        prefix: basePrefix(ORDERS, base),
        expiresAt: formatInstant(NOW + BigInt(hoursLeft * HOUR_MS) * 1000n),
      },
      never,
    );
  }
  const part = { bytes: 1, sha256: "0".repeat(64) };
  await catalog.append(
    {
      act: "base",
      base: "done",
      kind: "live",
      incarnation: 1,
      manifest: { key: "orders/bases/done/manifest.json.zst", ...part },
      definitions: {
        key: "orders/bases/done/schema.json.zst",
        ...part,
        seq: 1,
        position: "0/1",
        tables: [],
      },
      seq: { min: 1, max: 1 },
      tables: [],
      rows: 0,
      bytes: 0,
      rawBytes: 0,
      startedAt: formatInstant(NOW),
      finishedAt: formatInstant(NOW),
    },
    never,
  );
  return { store, catalog, named: named.object.key };
}

describe("the sweep takes", () => {
  it("only what no entry names, is old, and nobody can name any more", async () => {
    const { catalog, named } = await archive();
    const cases: [string, number, boolean][] = [
      [named, 90, false],
      [segment(2, 7), 25, true],
      [segment(2, 8), 23, false],
      [segment(3, 8), 25, true],
      [segment(4, 9), 90, false],
      [segment(5, 9), 90, false],
      ["orders/segments/00000002/other", 90, false],
      [`${segment(2, 7)}.keys`, 90, false],
      ["orders/bases/done/16390/00000.tsv.zst", 90, false],
      ["orders/bases/live/16390/00000.tsv.zst", 90, false],
      ["orders/bases/grace/16390/00000.tsv.zst", 90, false],
      ["orders/bases/dead/16390/00000.tsv.zst", 90, true],
      ["orders/bases/dead/16390/00001.tsv.zst", 23, false],
      ["orders/bases/never/manifest.json.zst", 90, true],
      ["orders/bases/stray", 90, false],
      ["orders/catalog/00000000000000000099.json", 90, false],
      ["users/segments/00000001/x", 90, false],
      ["orders/differentials/x", 90, false],
    ];
    const objects = cases.map(([key, age]) => object(key, age));
    const plan = planSweep(catalog.state, objects, RULES);
    const swept = cases.filter(([, , taken]) => taken).map(([key]) => key);
    expect(plan.delete.map(({ key }) => key)).toEqual(swept);
    expect(plan.bytes).toBe(10 * swept.length);
    expect(plan.spared).toBe(cases.length - swept.length - 2);
  });

  it("nothing that is named between the listing and the reading", async () => {
    const { store, catalog } = await archive();
    const writer = await catalog.takeEpoch(SAMPLE_SOURCE, never);
    const next = nextSegment(writer.state, 1);
    const body = { kind: "bytes", bytes: Buffer.alloc(10) } as const;
    await store.create(next.object.key, body, never);
    await store.create(segment(2, 7), body, never);
    const seen = new FaultyStore(store);
    let named = false;
    seen.onCall = async ({ call }) => {
      if (call !== "stat" || named) return;
      named = true;
      await writer.append(next, never);
      await catalog.takeEpoch(SAMPLE_SOURCE, never);
    };
    const plan = await prepareSweep(
      {
        store: seen,
        source: ORDERS,
        clock: { now: () => BigInt(Date.now()) * 1000n + 10_000_000n },
        minimumAgeMs: 0,
      },
      never,
    );
    expect(named).toBe(true);
    expect(plan.delete.map(({ key }) => key)).toEqual([segment(2, 7)]);
    await runSweep(seen, plan, never);
    expect(store.objects.has(segment(2, 7))).toBe(false);
    expect(store.objects.has(next.object.key)).toBe(true);
  });

  it("nothing while an entry is lost: later ones may name what seems to be nobody's", async () => {
    const { store, catalog } = await archive();
    const { n } = catalog.state.entry;
    await catalog.append(freeAct(1), never);
    await catalog.append(freeAct(2), never);
    const lost = catalogKey(ORDERS, n + 1);
    store.objects.delete(lost);
    const clock = { now: () => NOW };
    const sweeping = prepareSweep(
      { store, source: ORDERS, clock, minimumAgeMs: 0 },
      never,
    );
    await expect(sweeping).rejects.toMatchObject({
      code: "CATALOG_DAMAGED",
      details: { key: lost },
    });
  });

  it("nothing where no archive has begun", async () => {
    const store = new MemoryStore();
    const body = { kind: "bytes", bytes: Buffer.alloc(10) } as const;
    await store.create(segment(2, 7), body, never);
    const clock = { now: () => NOW };
    const options = { store, source: ORDERS, clock, minimumAgeMs: 0 };
    const plan = await prepareSweep(options, never);
    expect(plan).toEqual({ delete: [], bytes: 0, spared: 1 });
  });
});
