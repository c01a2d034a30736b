import { hash } from "node:crypto";
import { TidemarkError } from "../../src/core/errors.ts";
import type {
  Body,
  ByteRange,
  ObjectInfo,
  ObjectStore,
} from "../../src/storage/object-store.ts";
import { readFile } from "node:fs/promises";

/** Passes the port's suite; for tests with thousands of objects. */
export class MemoryStore implements ObjectStore {
  readonly url = "memory:";
  readonly seekable = false;
  readonly objects = new Map<string, Uint8Array>();
  private readonly createdAtMs = Date.now();
  private readonly turns: () => number;

  /** How many turns of the event loop pass between a create and its effect: who wins a race. */
  constructor(turns: () => number = () => 1) {
    this.turns = turns;
  }

  async create(key: string, body: Body, signal: AbortSignal): Promise<void> {
    const bytes = await bytesOf(body);
    // As over a network: others run between the call and its effect.
    for (let left = this.turns(); left > 0; left--) {
      await new Promise(setImmediate);
    }
    signal.throwIfAborted();
    if (this.objects.has(key)) {
      throw new TidemarkError("OBJECT_EXISTS", `there is an object ${key}`);
    }
    this.objects.set(key, bytes);
  }

  async stat(
    key: string,
    signal: AbortSignal,
  ): Promise<ObjectInfo | undefined> {
    signal.throwIfAborted();
    const bytes = this.objects.get(key);
    return bytes === undefined ? undefined : this.info(key, bytes);
  }

  async *read(
    key: string,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const all = this.objects.get(key);
    if (all === undefined) {
      throw new TidemarkError("OBJECT_MISSING", `there is no object ${key}`);
    }
    const bytes = all.subarray(range?.from ?? 0, range?.to);
    for (let at = 0; at < bytes.length; at += 64 * 1024) {
      signal.throwIfAborted();
      yield new Uint8Array(bytes.subarray(at, at + 64 * 1024));
    }
  }

  async *list(
    prefix: string,
    after: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<ObjectInfo, void, undefined> {
    const keys = [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix) && key > (after ?? ""))
      .sort();
    for (const key of keys) {
      signal.throwIfAborted();
      const bytes = this.objects.get(key);
      if (bytes !== undefined) yield this.info(key, bytes);
    }
  }

  async delete(keys: readonly string[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (const key of keys) this.objects.delete(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }

  private info(key: string, bytes: Uint8Array): ObjectInfo {
    return { key, sizeBytes: bytes.length, createdAtMs: this.createdAtMs };
  }
}

async function bytesOf(body: Body): Promise<Uint8Array> {
  if (body.kind === "bytes") return new Uint8Array(body.bytes);
  const bytes = await readFile(body.path);
  if (bytes.length === body.sizeBytes && hash("sha256", bytes) === body.sha256)
    return bytes;
  throw new TidemarkError("INTERNAL", `${body.path} is not as announced`);
}
