import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { probeStore } from "../../../src/archive/probe-store.ts";
import { TidemarkError } from "../../../src/core/errors.ts";
import { openDirectoryStore } from "../../../src/storage/directory/directory-store.ts";
import type { Body } from "../../../src/storage/object-store.ts";
import { FaultyStore } from "../../support/faulty-store.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

/** Right one after another, wrong at once: it looks, and only later writes. */
class LateChecker extends MemoryStore {
  override async create(
    key: string,
    body: Body,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.objects.has(key)) {
      throw new TidemarkError("OBJECT_EXISTS", key);
    }
    const other = new MemoryStore();
    await other.create(key, body, signal);
    this.objects.set(key, other.objects.get(key) ?? Buffer.alloc(0));
  }
}

class Overwriter extends MemoryStore {
  override create(key: string, body: Body, signal: AbortSignal): Promise<void> {
    this.objects.delete(key);
    return super.create(key, body, signal);
  }
}

/** One winner, and the bytes of another. */
class WrongWinner extends MemoryStore {
  override async create(
    key: string,
    body: Body,
    signal: AbortSignal,
  ): Promise<void> {
    await super.create(key, body, signal);
    this.objects.set(key, Buffer.from("another's"));
  }
}

describe("the probe of a store", () => {
  it("passes one that keeps its word, and leaves nothing there", async () => {
    const memory = new MemoryStore();
    await probeStore(memory, never);
    expect(memory.objects.size).toBe(0);
    await using temp = await tempDirectory();
    const directory = join(temp.path, "archive");
    await using store = await openDirectoryStore({ directory });
    await probeStore(store, never);
    expect(await Array.fromAsync(store.list("", undefined, never))).toEqual([]);
  });

  it.each([new LateChecker(), new Overwriter(), new WrongWinner()])(
    "refuses a liar: $constructor.name",
    async (store) => {
      await expect(probeStore(store, never)).rejects.toMatchObject({
        code: "PREFLIGHT",
        message: expect.stringContaining("memory:") as string,
      });
      expect(store.objects.size).toBe(0);
    },
  );

  it("says so when the store does not answer", async () => {
    for (const call of ["create", "read"] as const) {
      const store = new FaultyStore(new MemoryStore());
      store.fail({ calls: [call], fails: "before", nth: 3 });
      await expect(probeStore(store, never)).rejects.toMatchObject({
        code: "STORE_UNREACHABLE",
      });
    }
  });

  it("passes a store where nothing may be deleted", async () => {
    const store = new FaultyStore(new MemoryStore());
    store.fail({ calls: ["delete"], fails: "before", nth: 1 });
    await probeStore(store, never);
  });
});
