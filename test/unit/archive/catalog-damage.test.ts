import { beforeAll, describe, expect, it } from "vitest";
import { openCatalog } from "../../../src/archive/catalog.ts";
import type { CatalogState } from "../../../src/archive/catalog-state.ts";
import {
  decodeCheckpoint,
  encodeCheckpoint,
} from "../../../src/archive/catalog-checkpoint.ts";
import { catalogKey, checkpointKey } from "../../../src/archive/keys.ts";
import { readCatalog } from "../../../src/archive/read-catalog.ts";
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
} from "../../support/sample-catalog.ts";

const LENGTH = 2100;
const whole = new MemoryStore();
let state: CatalogState;
let at2000: CatalogState;

beforeAll(async () => {
  const catalog = await begunCatalog(whole);
  const writer = await catalog.takeEpoch(SAMPLE_SOURCE, never);
  for (let n = 3; n <= LENGTH; n++) {
    if (n % 2 === 0) await catalog.append(freeAct(n), never);
    else await writer.append(nextSegment(writer.state), never);
    if (n === 2000) at2000 = catalog.state;
  }
  state = catalog.state;
});

function copy(): MemoryStore {
  const store = new MemoryStore();
  for (const [key, bytes] of whole.objects) store.objects.set(key, bytes);
  return store;
}

/** Opens the copy that `change` has been at. */
async function open(change: (objects: Map<string, Uint8Array>) => void) {
  const inner = copy();
  change(inner.objects);
  const store = new FaultyStore(inner);
  const warnings: string[] = [];
  const options = catalogOptions(store);
  const logger = {
    ...options.logger,
    warn: (_: object, message: string) => warnings.push(message),
  };
  const catalog = await openCatalog({ ...options, logger }, never);
  const read = store.seen.filter(
    ({ call, key }) => call === "read" && key.endsWith(".json"),
  ).length;
  return { state: catalog.state, read, warnings };
}

const entry = (n: number) => catalogKey(ORDERS, n);
const checkpoint = (n: number) => checkpointKey(ORDERS, n);

describe("a checkpoint", () => {
  it("spares reading what is before it", async () => {
    const opened = await open(() => undefined);
    expect(opened.state).toEqual(state);
    expect(opened.read).toBe(101);
  });

  it("that is missing costs time alone", async () => {
    const one = await open((objects) => objects.delete(checkpoint(2000)));
    expect(one.state).toEqual(state);
    expect(one.read).toBe(1101);
    const none = await open((objects) => {
      objects.delete(checkpoint(1000));
      objects.delete(checkpoint(2000));
    });
    expect(none.state).toEqual(state);
    expect(none.read).toBe(LENGTH);
  });

  it("that is damaged anywhere is not used", async () => {
    const bytes = whole.objects.get(checkpoint(2000)) ?? Buffer.alloc(0);
    const places = [0, 5, 40, 150, 300, bytes.length >> 1, bytes.length - 1];
    for (const place of places) {
      const opened = await open((objects) => {
        const damaged = Buffer.from(bytes);
        damaged[place] = (damaged[place] ?? 0) ^ 1;
        objects.set(checkpoint(2000), damaged);
      });
      expect(opened.state).toEqual(state);
      expect(opened.read).toBe(1101);
      expect(opened.warnings).toHaveLength(1);
    }
    for (const length of [0, 1, 200, bytes.length - 1]) {
      const opened = await open((objects) =>
        objects.set(checkpoint(2000), bytes.subarray(0, length)),
      );
      expect(opened.state).toEqual(state);
      expect(opened.warnings).toHaveLength(1);
    }
  });

  it("of another number or another chain is not used", async () => {
    const other = { ...at2000, entry: { n: 2000, sha256: "1".repeat(64) } };
    for (const bytes of [
      whole.objects.get(checkpoint(1000)) ?? Buffer.alloc(0),
      encodeCheckpoint(other),
    ]) {
      const opened = await open((objects) =>
        objects.set(checkpoint(2000), bytes),
      );
      expect(opened.state).toEqual(state);
      expect(opened.warnings).toHaveLength(1);
    }
  });

  it("that contradicts the newest entry stops everything: nobody else knows", async () => {
    const other = { ...at2000, entry: { n: 2000, sha256: "1".repeat(64) } };
    await expect(
      open((objects) => {
        for (let n = 2001; n <= LENGTH; n++) objects.delete(entry(n));
        objects.set(checkpoint(2000), encodeCheckpoint(other));
      }),
    ).rejects.toMatchObject({ code: "CATALOG_DAMAGED" });
  });

  it("holds the state, and nothing of another format is read", () => {
    const bytes = encodeCheckpoint(at2000);
    expect(decodeCheckpoint(2000, bytes)?.state).toEqual(at2000);
    expect(decodeCheckpoint(1000, bytes)).toBeUndefined();
    const text = bytes.toString().replace('{"format":2,', '{"format":1,');
    expect(decodeCheckpoint(2000, Buffer.from(text))).toBeUndefined();
  });

  it("lists only the segments behind the one that it continues", () => {
    const listed = [1000, 2000].flatMap((n) => {
      const bytes = whole.objects.get(checkpoint(n)) ?? Buffer.alloc(0);
      return decodeCheckpoint(n, bytes)?.state.segments ?? [];
    });
    expect(listed).toEqual(at2000.segments);
  });

  it("that continues one that is missing or damaged is not used, and the next is whole again", async () => {
    const first = whole.objects.get(checkpoint(1000)) ?? Buffer.alloc(0);
    const changes = [
      (objects: Map<string, Uint8Array>) => objects.delete(checkpoint(1000)),
      (objects: Map<string, Uint8Array>) =>
        objects.set(checkpoint(1000), first.subarray(1)),
      // Whole in itself, and not the one that was continued.
      (objects: Map<string, Uint8Array>) =>
        objects.set(checkpoint(1000), Buffer.concat([first, first])),
    ];
    for (const change of changes) {
      const opened = await open(change);
      expect(opened.state).toEqual(state);
      expect(opened.read).toBeGreaterThan(LENGTH - 1);
      expect(opened.warnings.length).toBeGreaterThan(0);
    }
    const store = copy();
    store.objects.delete(checkpoint(1000));
    const catalog = await openCatalog(catalogOptions(store), never);
    while (catalog.state.entry.n < 3000)
      await catalog.append(freeAct(catalog.state.entry.n), never);
    const third = store.objects.get(checkpoint(3000)) ?? Buffer.alloc(0);
    const piece = decodeCheckpoint(3000, third);
    expect(piece?.earlier).toBeNull();
    expect(piece?.state).toEqual(catalog.state);
  });

  it("that cannot be written does not stop the append", async () => {
    const inner = copy();
    for (let n = 2000; n <= LENGTH; n++) inner.objects.delete(entry(n));
    inner.objects.delete(checkpoint(2000));
    const store = new FaultyStore(inner);
    const catalog = await openCatalog(catalogOptions(store), never);
    store.fail({ calls: ["create"], fails: "before", nth: 2 });
    expect(await catalog.append(freeAct(1), never)).toMatchObject({ n: 2000 });
    expect(inner.objects.has(checkpoint(2000))).toBe(false);
    await catalog.append(freeAct(2), never);
  });
});

describe("an entry", () => {
  const lengths = [1, 2, 3, 1000, 1999, 2000, 2001, 2050, 2047, 2048, 2049];

  it.each(lengths)("number %i that is missing is damage", async (n) => {
    const from = "start";
    const store = copy();
    store.objects.delete(entry(n));
    await expect(
      readCatalog({ store, source: ORDERS, from }, never),
    ).rejects.toMatchObject({
      code: "CATALOG_DAMAGED",
      details: { key: entry(n) },
    });
  });

  it("that is missing before the search's end never begins a second history", async () => {
    for (const n of [1, 2, 64, 1500, 2048, 2099]) {
      const opened = open((objects) => objects.delete(entry(n))).then(
        (found) => found.state,
        (error: unknown) => error,
      );
      // Behind a checkpoint that is whole it may go unseen until `verify` reads everything: the history is the same one.
      const result = await opened;
      if (result instanceof Error) {
        expect(result).toMatchObject({ code: "CATALOG_DAMAGED" });
      } else expect(result).toEqual(state);
    }
  });

  it.each([1, 2, 1000, 1999, 2000, 2001, 2099])(
    "number %i with other bytes is damage to who reads everything",
    async (n) => {
      const changes: ((bytes: Buffer) => Uint8Array)[] = [
        (bytes) => bytes.subarray(0, bytes.length - 1),
        () => Buffer.alloc(0),
        (bytes) => Buffer.from(bytes.toString().replace('"test"', '"best"')),
        () => whole.objects.get(entry(n + 1)) ?? Buffer.alloc(0),
      ];
      for (const change of changes) {
        const store = copy();
        const bytes = Buffer.from(store.objects.get(entry(n)) ?? []);
        store.objects.set(entry(n), change(bytes));
        await expect(
          readCatalog({ store, source: ORDERS, from: "start" }, never),
        ).rejects.toMatchObject({ code: "CATALOG_DAMAGED" });
      }
    },
  );

  it("swapped with its neighbour is damage", async () => {
    await expect(
      open((objects) => {
        const [a = Buffer.alloc(0), b = Buffer.alloc(0)] = [2050, 2051].map(
          (n) => objects.get(entry(n)),
        );
        objects.set(entry(2050), b).set(entry(2051), a);
      }),
    ).rejects.toMatchObject({
      code: "CATALOG_DAMAGED",
      details: { key: entry(2050) },
    });
  });

  it("whose read is cut is not taken for a short one", async () => {
    const inner = copy();
    const store = new FaultyStore(inner);
    store.fail({ calls: ["read"], fails: "cut", nth: 30 });
    await expect(
      openCatalog(catalogOptions(store), never),
    ).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  });
});
