import { hash } from "node:crypto";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { encodeCheckpoint } from "../../../src/archive/catalog-checkpoint.ts";
import { catalogKey, checkpointKey } from "../../../src/archive/keys.ts";
import { codeOf } from "../../support/caught.ts";
import { FaultyStore } from "../../support/faulty-store.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import { openSampleArchive } from "../../support/sample-archive.ts";
import { freeAct, ORDERS } from "../../support/sample-catalog.ts";
import {
  insertOrder,
  ORDERS_SHAPE,
  transaction,
  updateOrder,
} from "../../support/sample-orders.ts";
import { sampleRow } from "../../support/sample-records.ts";
import { sample, verify } from "../../support/verify-sample.ts";

test("a whole archive has no finding", async () => {
  const { store, state } = await sample();
  const report = await verify(store);
  expect(report).toMatchObject({
    findings: [],
    throughEntry: state.entry.n,
    seq: 7,
    segments: 3,
    bases: 1,
    unnamed: { objects: 0, bytes: 0 },
  });
});

test("objects that no entry names are counted, and are no finding", async () => {
  const { store } = await sample();
  const bytes = Buffer.from("left behind");
  for (const key of ["orders/segments/00000002/x.avro", "orders/bases/x/y"])
    store.objects.set(key, bytes);
  expect(await verify(store)).toMatchObject({
    findings: [],
    unnamed: { objects: 2, bytes: 2 * bytes.length },
  });
});

describe("a catalog", () => {
  const at = (n: number) => catalogKey(ORDERS, n);

  test("with an entry whose bytes are others", async () => {
    const { store } = await sample();
    const text = Buffer.from(store.objects.get(at(4)) ?? []).toString();
    store.objects.set(
      at(4),
      Buffer.from(text.replace('"by":"test"', '"by":"tost"')),
    );
    // Its own bytes are a good entry; the next one tells.
    expect(await verify(store)).toMatchObject({
      throughEntry: 4,
      findings: [
        {
          code: "CATALOG_DAMAGED",
          object: at(5),
          message: expect.stringContaining("does not follow") as string,
          affects: { restores: { throughSeq: null } },
        },
      ],
    });
  });

  test("with an entry that is no JSON", async () => {
    const { store } = await sample();
    store.objects.set(at(3), Buffer.from("{"));
    expect(await verify(store)).toMatchObject({
      throughEntry: 2,
      seq: 0,
      findings: [
        {
          code: "CATALOG_DAMAGED",
          object: at(3),
          affects: { restores: { fromSeq: 1, throughSeq: null } },
        },
      ],
    });
  });

  test("with a hole", async () => {
    const { store } = await sample();
    store.objects.delete(at(3));
    expect((await verify(store)).findings).toMatchObject([
      {
        code: "CATALOG_DAMAGED",
        object: at(3),
        message: expect.stringContaining("missing") as string,
      },
    ]);
  });

  test("with its first entry lost", async () => {
    const { store } = await sample();
    store.objects.delete(at(1));
    expect((await verify(store)).findings).toMatchObject([
      {
        object: at(1),
        affects: { restores: { fromSeq: 0, throughSeq: null } },
      },
    ]);
  });

  test("with an extra entry at its end, a copy of an earlier one", async () => {
    const { store, state } = await sample();
    store.objects.set(
      at(state.entry.n + 1),
      store.objects.get(at(3)) ?? Buffer.alloc(0),
    );
    expect(await verify(store)).toMatchObject({
      throughEntry: state.entry.n,
      findings: [{ code: "CATALOG_DAMAGED", object: at(state.entry.n + 1) }],
    });
  });

  test("with an extra entry behind a hole", async () => {
    const { store, state } = await sample();
    store.objects.set(at(state.entry.n + 5), Buffer.from("{}"));
    expect((await verify(store)).findings).toMatchObject([
      {
        object: at(state.entry.n + 1),
        message: expect.stringContaining("missing") as string,
      },
    ]);
  });

  test("that names a segment whose entry tells something else", async () => {
    const { store, state } = await sample();
    // The last entry, so that no later one vouches for it.
    const text = Buffer.from(
      store.objects.get(at(state.entry.n)) ?? [],
    ).toString();
    const changed = text.replace('"inserts":1', '"inserts":2');
    expect(changed).not.toBe(text);
    store.objects.set(at(state.entry.n), Buffer.from(changed));
    expect((await verify(store)).findings).toMatchObject([
      {
        code: "ARCHIVE_DAMAGED",
        object: state.segments.at(-1)?.object.key,
        message: expect.stringContaining("tables") as string,
      },
    ]);
  });

  test("that is gone, with objects left", async () => {
    const { store } = await sample();
    for (const key of [...store.objects.keys()])
      if (key.includes("/catalog/")) store.objects.delete(key);
    expect((await verify(store)).findings).toMatchObject([
      { code: "CATALOG_DAMAGED", object: "orders/catalog/" },
    ]);
  });

  test("that never was", async () => {
    expect(await codeOf(() => verify(new MemoryStore()))).toBe("NOT_FOUND");
  });
});

describe("checkpoints", () => {
  test("are compared with the entries, and never believed", async () => {
    const store = new MemoryStore();
    await using archive = await openSampleArchive(store);
    await archive.segment(transaction([insertOrder(1)]));
    while (archive.catalog.state.entry.n < 1000)
      await archive.catalog.append(freeAct(1), never);
    expect((await verify(store)).findings).toEqual([]);
    const key = checkpointKey(ORDERS, 1000);
    const { state } = archive.catalog;
    const good = store.objects.get(key);
    expect(good).toBeDefined();
    // Whole, with its own hash: only the entries tell that it lies.
    store.objects.set(key, encodeCheckpoint({ ...state, segments: [] }));
    expect((await verify(store)).findings).toMatchObject([
      { code: "CATALOG_DAMAGED", object: key, affects: {} },
    ]);
    store.objects.set(key, Buffer.from("rubbish"));
    expect((await verify(store)).findings).toMatchObject([{ object: key }]);
    store.objects.delete(key);
    expect((await verify(store)).findings).toEqual([]);
  });

  test("that continue one that is not there any more are told", async () => {
    const store = new MemoryStore();
    await using archive = await openSampleArchive(store);
    while (archive.catalog.state.entry.n < 2000)
      await archive.catalog.append(freeAct(1), never);
    expect((await verify(store)).findings).toEqual([]);
    store.objects.delete(checkpointKey(ORDERS, 1000));
    expect((await verify(store)).findings).toMatchObject([
      { object: checkpointKey(ORDERS, 2000), affects: {} },
    ]);
  });
});

describe("contents that the hashes of the catalog cover, and that are wrong all the same", () => {
  test("a part with other rows than the manifest counts", async () => {
    const { store, keys } = await sample();
    const bytes = Buffer.from(store.objects.get(keys.manifest) ?? []);
    const text = zstdDecompressSync(bytes).toString();
    // A manifest that lies, and an entry that names it by its hash: as a broken writer would leave them.
    const lying = zstdCompressSync(text.replace(/"digest":"./, '"digest":"z'));
    store.objects.set(keys.manifest, lying);
    const entry = [...store.objects].find(
      ([key, object]) =>
        key.includes("/catalog/") &&
        Buffer.from(object).includes('"act":"base"'),
    );
    if (entry === undefined) throw new Error("no base");
    const [key, object] = entry;
    const changed = Buffer.from(object)
      .toString()
      .replace(
        /("manifest":\{"key":"[^"]+","bytes":)\d+,"sha256":"[0-9a-f]+/,
        `$1${lying.length},"sha256":"${hash("sha256", lying)}`,
      );
    store.objects.set(key, Buffer.from(changed));
    const later = Number(/(\d+)\.json/.exec(key)?.[1]);
    for (const each of [...store.objects.keys()])
      if (
        each.includes("/catalog/") &&
        Number(/(\d+)\.json/.exec(each)?.[1]) > later
      )
        store.objects.delete(each);
    expect((await verify(store)).findings).toMatchObject([
      {
        code: "ARCHIVE_DAMAGED",
        object: keys.manifest,
        message: expect.stringContaining("digest") as string,
        affects: { tables: ["public.orders"] },
      },
    ]);
  });

  test("a row with a value too many, hashed as it is", async () => {
    const store = new MemoryStore();
    await using archive = await openSampleArchive(store);
    const key = await archive.segment({
      shapes: [ORDERS_SHAPE],
      parts: [[{ kind: "insert", ref: 0, after: sampleRow("1", "2", "3") }]],
    });
    expect((await verify(store)).findings).toMatchObject([
      {
        code: "ARCHIVE_DAMAGED",
        object: key,
        message: expect.stringContaining("a row of 3 values") as string,
      },
    ]);
  });

  test("a rolling hash that does not follow from the changes", async () => {
    const store = new MemoryStore();
    await using archive = await openSampleArchive(store);
    const key = await archive.segment(transaction([insertOrder(1)]), {
      ...transaction([updateOrder(1, "x")]),
      wrongHash: true,
    });
    expect((await verify(store)).findings).toMatchObject([
      {
        object: key,
        message: expect.stringContaining("transaction 2 is another") as string,
      },
    ]);
  });
});

test("a store that is away is no finding", async () => {
  const { store } = await sample();
  for (const nth of [1, 5, 12]) {
    const faulty = new FaultyStore(store, [
      { calls: ["read"], nth, fails: "before" },
    ]);
    expect(await codeOf(() => verify(faulty))).toBe("STORE_UNREACHABLE");
  }
});
