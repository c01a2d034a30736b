import { describe, expect, it } from "vitest";
import { openCatalog } from "../../../src/archive/catalog.ts";
import { createRandom } from "../../oracle/random.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import { marks, proved } from "../../support/proved-catalog.ts";
import {
  begunCatalog,
  catalogOptions,
  freeAct,
  nextSegment,
  SAMPLE_SOURCE,
} from "../../support/sample-catalog.ts";

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
