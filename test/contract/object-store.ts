import { hash, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ByteRange, ObjectStore } from "../../src/storage/object-store.ts";
import { never } from "../support/never.ts";
import {
  tempDirectory,
  type TempDirectory,
} from "../support/temp-directory.ts";

/** An empty store of its own for one test. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: ObjectStore;
  /** The same objects through another handle, as another process has it. */
  again(): Promise<ObjectStore>;
}

const MIB = 1024 * 1024;
const RACES = 60;
const RACERS = 4;

/** The port's suite: every adapter runs it. */
export function describeObjectStore(
  name: string,
  make: () => Promise<StoreUnderTest>,
): void {
  describe(`${name} keeps objects`, () => {
    it("reads back what was created, through another handle too", async () => {
      await using under = await make();
      for (const size of [0, 1, 262_143, 262_144, 262_145, 3_000_000]) {
        const body = randomBytes(size);
        const key = `a/b-${size}/c.bin`;
        await create(under.store, key, body);
        const info = await under.store.stat(key, never);
        expect(info).toMatchObject({ key, sizeBytes: size });
        expect(await read(under.store, key)).toEqual(body);
        await using other = await under.again();
        expect(await read(other, key)).toEqual(body);
        expect(await other.stat(key, never)).toEqual(info);
      }
    });

    it.each([2_500_000, 2 * MIB * 8, 20_000_001])(
      "stores a file of %d bytes as it stores bytes, and never twice",
      async (size) => {
        await using under = await make();
        await using work = await tempDirectory();
        const bytes = randomBytes(size);
        const file = await writeBody(work, bytes);
        await under.store.create("x/file", file, never);
        await create(under.store, "x/bytes", bytes);
        for (const key of ["x/file", "x/bytes"]) {
          const found = await read(under.store, key);
          expect(found.equals(bytes), key).toBe(true);
          for (const body of [file, { kind: "bytes", bytes } as const]) {
            await expect(
              under.store.create(key, body, never),
            ).rejects.toMatchObject({ code: "OBJECT_EXISTS" });
          }
        }
        expect(await list(under.store, "")).toEqual(["x/bytes", "x/file"]);
      },
    );

    it("refuses a large file that is not what was announced", async () => {
      await using under = await make();
      await using work = await tempDirectory();
      const bytes = randomBytes(2 * MIB * 8 + 1);
      const file = await writeBody(work, bytes);
      for (const wrong of [
        { ...file, sizeBytes: file.sizeBytes - 1 },
        { ...file, sizeBytes: file.sizeBytes + 1 },
        { ...file, sizeBytes: file.sizeBytes + MIB * 8 },
        { ...file, sha256: hash("sha256", "another") },
      ]) {
        await expect(
          under.store.create("x/file", wrong, never),
        ).rejects.toMatchObject({ code: "INTERNAL" });
        expect(await list(under.store, "")).toEqual([]);
      }
      await under.store.create("x/file", file, never);
    });

    it("refuses a file that is not what was announced", async () => {
      await using under = await make();
      await using work = await tempDirectory();
      const path = join(work.path, "body");
      await writeFile(path, "four");
      const sha256 = hash("sha256", "four");
      const file = { kind: "file", path, sizeBytes: 4, sha256 } as const;
      for (const wrong of [
        { ...file, sizeBytes: 3 },
        { ...file, sizeBytes: 5 },
        { ...file, sha256: hash("sha256", "fore") },
      ]) {
        await expect(
          under.store.create("x/file", wrong, never),
        ).rejects.toMatchObject({ code: "INTERNAL" });
        expect(await under.store.stat("x/file", never)).toBeUndefined();
      }
      await under.store.create("x/file", file, never);
    });

    it("reads ranges, and ends a range at the end", async () => {
      await using under = await make();
      const body = randomBytes(700_000);
      await create(under.store, "r", body);
      for (const range of [
        { from: 0, to: 1 },
        { from: 0, to: 0 },
        { from: 10, to: 300_000 },
        { from: 262_144, to: 524_288 },
        { from: 699_999, to: 700_000 },
        { from: 699_000, to: 9_000_000 },
        { from: 700_000, to: 700_001 },
      ]) {
        const part = await read(under.store, "r", range);
        expect(part, JSON.stringify(range)).toEqual(
          body.subarray(range.from, range.to),
        );
      }
    });

    it("gives each chunk in a buffer that is the reader's alone", async () => {
      await using under = await make();
      const body = randomBytes(3_000_000);
      await create(under.store, "own", body);
      for (let round = 0; round < 2; round++) {
        const copies: Uint8Array[] = [];
        for await (const chunk of under.store.read("own", undefined, never)) {
          copies.push(new Uint8Array(chunk));
          (chunk.buffer as ArrayBuffer).transfer(0);
        }
        expect(Buffer.concat(copies).equals(body)).toBe(true);
      }
    });

    it("never overwrites", async () => {
      await using under = await make();
      const first = randomBytes(100);
      await create(under.store, "k/one", first);
      for (const body of [randomBytes(100), first]) {
        await expect(create(under.store, "k/one", body)).rejects.toMatchObject({
          code: "OBJECT_EXISTS",
        });
      }
      expect(await read(under.store, "k/one")).toEqual(first);
    });

    it("misses what is not there", async () => {
      await using under = await make();
      await create(under.store, "k/one", randomBytes(10));
      for (const key of ["k/two", "none", "none/at/all"]) {
        expect(await under.store.stat(key, never)).toBeUndefined();
        await expect(read(under.store, key)).rejects.toMatchObject({
          code: "OBJECT_MISSING",
        });
      }
    });

    it("deletes, and forgives keys that are not there", async () => {
      await using under = await make();
      await create(under.store, "k/one", randomBytes(10));
      await create(under.store, "k/two", randomBytes(10));
      await under.store.delete(["k/one", "k/none", "no/folder"], never);
      expect(await under.store.stat("k/one", never)).toBeUndefined();
      expect(await under.store.stat("k/two", never)).toBeDefined();
      const again = randomBytes(20);
      await create(under.store, "k/one", again);
      expect(await read(under.store, "k/one")).toEqual(again);
    });

    it("is quiet for a signal that is aborted already, and does nothing", async () => {
      await using under = await make();
      await create(under.store, "k/one", randomBytes(10));
      const reason = new Error("enough");
      const aborted = AbortSignal.abort(reason);
      const body = { kind: "bytes", bytes: randomBytes(10) } as const;
      await expect(under.store.create("k/two", body, aborted)).rejects.toBe(
        reason,
      );
      await expect(under.store.delete(["k/one"], aborted)).rejects.toBe(reason);
      await expect(
        collect(under.store.read("k/one", undefined, aborted)),
      ).rejects.toBe(reason);
      expect((await list(under.store, "")).join()).toBe("k/one");
    });
  });

  describe(`${name} lists`, () => {
    const keys = [
      "a-b/1",
      "a.b/1",
      "a/0.checkpoint",
      "a/0.json",
      "a/1.json",
      "a/b/c/d",
      "a/b/e",
      "a0/1",
      "b",
      "b=1/x",
    ];

    it("in byte order of whole keys, by prefix and after a key", async () => {
      await using under = await make();
      for (const key of [...keys].reverse()) {
        await create(under.store, key, Buffer.from(key));
      }
      const prefixes = ["", "a", "a/", "a/b", "a/b/", "a/0", "b", "c", "a/1.j"];
      for (const prefix of prefixes) {
        for (const after of [undefined, ...keys, "a/b/", "a/0.", "zz"]) {
          expect(
            await list(under.store, prefix, after),
            `${prefix} after ${after}`,
          ).toEqual(
            keys.filter((key) => key.startsWith(prefix) && key > (after ?? "")),
          );
        }
      }
    });

    it("an empty store as nothing, and sizes as they are", async () => {
      await using under = await make();
      expect(await list(under.store, "")).toEqual([]);
      await create(under.store, "a/b", randomBytes(77));
      const infos = await collect(under.store.list("a/", undefined, never));
      expect(infos).toEqual([await under.store.stat("a/b", never)]);
      expect(infos[0]?.sizeBytes).toBe(77);
    });
  });

  describe(`${name} in a race`, () => {
    it("has one winner per key, and the winner's bytes", async () => {
      await using under = await make();
      await using other = await under.again();
      for (let round = 0; round < RACES; round++) {
        const key = `race/${round}`;
        const bodies = Array.from({ length: RACERS }, (_, racer) =>
          Buffer.from(
            `${round} ${racer} ${randomBytes(racer * 50).toString("hex")}`,
          ),
        );
        const results = await Promise.allSettled(
          bodies.map((body, racer) =>
            create(racer % 2 === 0 ? under.store : other, key, body),
          ),
        );
        const winners = results.flatMap((result, racer) =>
          result.status === "fulfilled" ? [racer] : [],
        );
        expect(winners, key).toHaveLength(1);
        for (const result of results) {
          if (result.status === "rejected") {
            expect(result.reason).toMatchObject({ code: "OBJECT_EXISTS" });
          }
        }
        expect(await read(other, key)).toEqual(bodies[winners[0] ?? -1]);
      }
    });

    it("shows an object whole or not at all", async () => {
      await using under = await make();
      await using other = await under.again();
      const body = randomBytes(4_000_000);
      let done = false;
      const writing = create(under.store, "whole", body).finally(() => {
        done = true;
      });
      for (;;) {
        const last = done;
        await new Promise(setImmediate);
        const found = await other.stat("whole", never);
        if (found !== undefined) {
          expect(found.sizeBytes).toBe(body.length);
          expect(await list(other, "")).toEqual(["whole"]);
        }
        if (last) break;
      }
      await writing;
    });
  });
}

async function writeBody(work: TempDirectory, bytes: Uint8Array) {
  const path = join(work.path, "body");
  await writeFile(path, bytes);
  const sha256 = hash("sha256", bytes);
  return { kind: "file", path, sizeBytes: bytes.length, sha256 } as const;
}

function create(
  store: ObjectStore,
  key: string,
  bytes: Uint8Array,
): Promise<void> {
  return store.create(key, { kind: "bytes", bytes }, never);
}

async function read(
  store: ObjectStore,
  key: string,
  range?: ByteRange,
): Promise<Buffer> {
  return Buffer.concat(await collect(store.read(key, range, never)));
}

async function list(
  store: ObjectStore,
  prefix: string,
  after?: string,
): Promise<string[]> {
  const infos = await collect(store.list(prefix, after, never));
  return infos.map((info) => info.key);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
