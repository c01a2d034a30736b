import { randomBytes } from "node:crypto";
import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import type { ObjectStore } from "../../src/storage/object-store.ts";
import {
  describeS3,
  openStoreOf,
  type S3Suite,
} from "../support/describe-s3.ts";
import { never } from "../support/never.ts";
import {
  startS3Proxy,
  type Fault,
  type S3Proxy,
  type S3Request,
} from "../support/s3-proxy.ts";

const MIB = 1024 * 1024;
const SMALL = 1000;
/** Three parts to write, five pieces to read. */
const LARGE = 17 * MIB;

const CUT: Fault = { kind: "cut" };
const LOST: Fault = { kind: "lost" };
const SILENT: Fault = { kind: "silent" };
const LATE: Fault = { kind: "late" };
const TWICE: Fault = { kind: "twice" };
const refused = (status: number, code: string): Fault => ({
  ...{ kind: "refused", status, code },
});
const mistold = (status: number, code: string): Fault => ({
  ...{ kind: "mistold", status, code },
});
const BUSY = refused(503, "SlowDown");
const BROKEN = mistold(500, "InternalError");
const CONFLICT = refused(409, "ConditionalRequestConflict");

interface Site extends AsyncDisposable {
  readonly proxy: S3Proxy;
  /** Through the proxy. */
  readonly store: ObjectStore;
  /** Beside it. */
  readonly truth: ObjectStore;
  /** Unfinished uploads that the service knows. */
  uploads(): Promise<number>;
}

describeS3("an S3 store behind a network that fails", (s3) => {
  describe("creates once, whatever becomes of requests and answers", () => {
    const anyAnswer = [CUT, LOST, SILENT, LATE, TWICE, BUSY, BROKEN, CONFLICT];
    const cases: readonly (readonly [S3Request, Fault, number])[] = [
      ...anyAnswer.map((fault) => ["put", fault, 1] as const),
      ...[CUT, BUSY].map((fault) => ["begin", fault, 1] as const),
      ...[CUT, LOST, SILENT, TWICE, BUSY, BROKEN].map(
        (fault, i) => ["part", fault, (i % 3) + 1] as const,
      ),
      ...anyAnswer.map((fault) => ["complete", fault, 1] as const),
    ];
    test.each(cases)("%s: %o, number %d", async (of, fault, nth) => {
      await using site = await openSite(s3);
      const bytes = randomBytes(of === "put" ? SMALL : LARGE);
      const body = { kind: "bytes", bytes } as const;
      site.proxy.plan({ of, fault, nth });
      await site.store.create("a/b", body, never);
      await site.proxy.release();
      expect(
        site.proxy.seen.filter((each) => each === of).length,
      ).toBeGreaterThan(fault.kind === "twice" ? 0 : nth);
      expect(await keys(site)).toEqual(["a/b"]);
      expect((await read(site.truth, "a/b")).equals(bytes)).toBe(true);
      // Another call is another's, even with the same bytes.
      await expect(site.store.create("a/b", body, never)).rejects.toMatchObject(
        { code: "OBJECT_EXISTS" },
      );
      expect(await site.uploads()).toBe(0);
    });

    test("a lost answer, and another writer behind it: the first has it, the second hears so", async () => {
      await using site = await openSite(s3);
      const bytes = randomBytes(SMALL);
      const body = { kind: "bytes", bytes } as const;
      site.proxy.plan({ of: "put", fault: LOST });
      const results = await Promise.allSettled([
        site.store.create("race", body, never),
        site.truth.create("race", body, never),
      ]);
      const won = results.filter(({ status }) => status === "fulfilled");
      expect(won).toHaveLength(1);
      for (const result of results) {
        if (result.status === "rejected")
          expect(result.reason).toMatchObject({ code: "OBJECT_EXISTS" });
      }
    });

    test("a request that comes late finds another's object, and its sender is told", async () => {
      await using site = await openSite(s3);
      const others = randomBytes(SMALL);
      // The first try is on its way for ever, and so says nothing; the second hears that there is an object.
      site.proxy.plan({ of: "put", fault: LATE });
      await site.truth.create("a", { kind: "bytes", bytes: others }, never);
      await expect(
        site.store.create(
          "a",
          { kind: "bytes", bytes: randomBytes(SMALL) },
          never,
        ),
      ).rejects.toMatchObject({ code: "OBJECT_EXISTS" });
      await site.proxy.release();
      expect((await read(site.truth, "a")).equals(others)).toBe(true);
    });

    test("no upload stays behind an error", async () => {
      await using site = await openSite(s3);
      site.proxy.plan({ of: "part", nth: 2, fault: BUSY, forEver: true });
      await expect(
        site.store.create(
          "a/b",
          { kind: "bytes", bytes: randomBytes(LARGE) },
          never,
        ),
      ).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
      expect(await site.uploads()).toBe(0);
      expect(await keys(site)).toEqual([]);
    });

    test("nor behind an abort, which says why", async () => {
      await using site = await openSite(s3);
      site.proxy.plan({ of: "part", nth: 3, fault: SILENT });
      const stop = new AbortController();
      const creating = site.store.create(
        "a/b",
        { kind: "bytes", bytes: randomBytes(LARGE) },
        stop.signal,
      );
      const reason = new Error("enough");
      while (!site.proxy.seen.includes("part")) {
        await new Promise(setImmediate);
      }
      stop.abort(reason);
      await expect(creating).rejects.toBe(reason);
      expect(await site.uploads()).toBe(0);
      expect(await keys(site)).toEqual([]);
    });
  });

  describe("reads every byte", () => {
    const cases: readonly (readonly [Fault, number])[] = [
      ...[CUT, SILENT, BUSY].map((fault) => [fault, 1] as const),
      ...(["torn", "short", "stalled"] as const).flatMap((kind) =>
        [1, 4].map((nth) => [{ kind }, nth] as const),
      ),
    ];
    test.each(cases)("%o, request %d", async (fault, nth) => {
      await using site = await openSite(s3);
      const bytes = randomBytes(LARGE);
      await site.truth.create("a/b", { kind: "bytes", bytes }, never);
      site.proxy.plan({ of: "get", fault, nth });
      expect((await read(site.store, "a/b")).equals(bytes)).toBe(true);
      site.proxy.plan({ of: "get", fault });
      const range = { from: 5 * MIB + 1, to: 6 * MIB };
      const part = await Array.fromAsync(site.store.read("a/b", range, never));
      expect(
        Buffer.concat(part).equals(bytes.subarray(range.from, range.to)),
      ).toBe(true);
    });

    test("and gives up on a service that never does", async () => {
      await using site = await openSite(s3);
      const bytes = randomBytes(SMALL);
      await site.truth.create("a/b", { kind: "bytes", bytes }, never);
      site.proxy.plan({ of: "get", fault: CUT, forEver: true });
      await expect(read(site.store, "a/b")).rejects.toMatchObject({
        code: "STORE_UNREACHABLE",
        message: expect.stringContaining("reading a/b in s3://") as string,
      });
    });
  });

  describe("looks, lists and deletes", () => {
    test.each([CUT, LOST, SILENT, BUSY, BROKEN, { kind: "torn" } as const])(
      "%o",
      async (fault) => {
        await using site = await openSite(s3);
        for (const key of ["a/1", "a/2", "b"]) {
          const bytes = randomBytes(SMALL);
          await site.truth.create(key, { kind: "bytes", bytes }, never);
        }
        for (const of of ["head", "list", "delete"] as const) {
          site.proxy.plan({ of, fault });
        }
        const info = await site.store.stat("a/1", never);
        expect(info?.sizeBytes).toBe(SMALL);
        const listed = await Array.fromAsync(
          site.store.list("a/", undefined, never),
        );
        expect(listed.map(({ key }) => key)).toEqual(["a/1", "a/2"]);
        await site.store.delete(["a/1", "a/none"], never);
        expect(await keys(site)).toEqual(["a/2", "b"]);
      },
    );

    test("a listing that ends early is no short listing", async () => {
      await using site = await openSite(s3);
      for (let n = 0; n < 20; n++) {
        const bytes = randomBytes(10);
        await site.truth.create(`a/${n}`, { kind: "bytes", bytes }, never);
      }
      site.proxy.plan({ of: "list", fault: { kind: "short" } });
      const listed = await Array.fromAsync(
        site.store.list("a/", undefined, never),
      );
      expect(listed).toHaveLength(20);
    });
  });
});

async function openSite(s3: S3Suite): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const bucket = await s3.server.makeBucket();
  const proxy = stack.use(await startS3Proxy(s3.server.endpoint));
  const truth = stack.use(await openStoreOf(s3.server, { bucket }));
  const store = stack.use(
    await openStoreOf(s3.server, {
      bucket,
      endpoint: proxy.endpoint,
      // Long enough for a part on a busy machine, and short enough to wait for.
      patience: { answerMs: 2000, idleMs: 2000, retryDelayMs: 2 },
    }),
  );
  const client = s3.server.client();
  stack.defer(() => client.destroy());
  const owned = stack.move();
  return {
    ...{ proxy, store, truth },
    uploads: async () => {
      const { Uploads: left = [] } = await client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket }),
      );
      return left.length;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function keys({ truth }: Site): Promise<string[]> {
  const listed = await Array.fromAsync(truth.list("", undefined, never));
  return listed.map(({ key }) => key);
}

async function read(store: ObjectStore, key: string): Promise<Buffer> {
  return Buffer.concat(
    await Array.fromAsync(store.read(key, undefined, never)),
  );
}
