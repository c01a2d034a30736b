import { describe, expect, it } from "vitest";
import { openCatalog } from "../../../src/archive/catalog.ts";
import { catalogKey } from "../../../src/archive/keys.ts";
import { FaultyStore } from "../../support/faulty-store.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import { proved } from "../../support/proved-catalog.ts";
import {
  begunCatalog,
  catalogOptions,
  freeAct,
  nextSegment,
  ORDERS,
  SAMPLE_SOURCE,
} from "../../support/sample-catalog.ts";

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
});

describe("the head is found", () => {
  it("in about two requests per doubling, whatever the length", async () => {
    const store = new MemoryStore();
    const catalog = await begunCatalog(store);
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
