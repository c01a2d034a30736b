import { TidemarkError } from "../../src/core/errors.ts";
import type {
  Body,
  ByteRange,
  ObjectInfo,
  ObjectStore,
} from "../../src/storage/object-store.ts";

export const STORE_CALLS = [
  "create",
  "stat",
  "read",
  "list",
  "delete",
] as const;
export type StoreCall = (typeof STORE_CALLS)[number];

/**
 * What happens to the n-th call (from 1) among the chosen kinds. before: it never reached the store. after: it took effect and
 * the answer was lost. cut: a read or listing ends in an error after its first chunk.
 */
export interface StoreFault {
  readonly calls: readonly StoreCall[];
  readonly nth: number;
  readonly fails: "before" | "after" | "cut";
  /** Whether all later calls of these kinds fail too. */
  readonly forEver?: boolean;
  readonly error?: Error;
}

export interface SeenCall {
  readonly call: StoreCall;
  readonly key: string;
}

/** Wraps a store: records its calls, and fails those that `faults` names. Faults may be added while it is in use. */
export class FaultyStore implements ObjectStore {
  readonly url: string;
  readonly seekable: boolean;
  readonly seen: SeenCall[] = [];
  /** Runs before a call reaches the store: the place for whatever somebody else does just then. */
  onCall: ((seen: SeenCall) => Promise<void>) | undefined;
  private readonly inner: ObjectStore;
  private faults: { readonly fault: StoreFault; left: number }[] = [];

  constructor(inner: ObjectStore, faults: readonly StoreFault[] = []) {
    this.inner = inner;
    this.url = inner.url;
    this.seekable = inner.seekable;
    this.fail(...faults);
  }

  /** Counts from the next call on. */
  fail(...faults: readonly StoreFault[]): void {
    for (const fault of faults) this.faults.push({ fault, left: fault.nth });
  }

  heal(): void {
    this.faults = [];
  }

  count(...calls: readonly StoreCall[]): number {
    return this.seen.filter((seen) => calls.includes(seen.call)).length;
  }

  create(key: string, body: Body, signal: AbortSignal): Promise<void> {
    return this.run({ call: "create", key }, () =>
      this.inner.create(key, body, signal),
    );
  }

  stat(key: string, signal: AbortSignal): Promise<ObjectInfo | undefined> {
    return this.run({ call: "stat", key }, () => this.inner.stat(key, signal));
  }

  delete(keys: readonly string[], signal: AbortSignal): Promise<void> {
    return this.run({ call: "delete", key: keys.join(" ") }, () =>
      this.inner.delete(keys, signal),
    );
  }

  read(
    key: string,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array> {
    return this.stream({ call: "read", key }, () =>
      this.inner.read(key, range, signal),
    );
  }

  list(
    prefix: string,
    after: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<ObjectInfo> {
    return this.stream({ call: "list", key: prefix }, () =>
      this.inner.list(prefix, after, signal),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.inner[Symbol.asyncDispose]());
  }

  private async run<T>(seen: SeenCall, call: () => Promise<T>): Promise<T> {
    const fault = await this.note(seen);
    if (fault?.fails === "before") throw lost(seen, fault);
    if (fault === undefined) return call();
    // Whatever the answer was, a refusal too: it is lost.
    await call().catch(() => undefined);
    throw lost(seen, fault);
  }

  private async *stream<T extends Uint8Array | ObjectInfo>(
    seen: SeenCall,
    call: () => AsyncIterable<T>,
  ): AsyncGenerator<T, void, undefined> {
    const fault = await this.note(seen);
    if (fault?.fails === "before") throw lost(seen, fault);
    for await (const item of call()) {
      if (fault?.fails === "cut") {
        if (item instanceof Uint8Array) {
          yield item.subarray(0, item.length >> 1) as T;
        } else yield item;
        throw lost(seen, fault);
      }
      yield item;
    }
    if (fault !== undefined) throw lost(seen, fault);
  }

  private async note(seen: SeenCall): Promise<StoreFault | undefined> {
    this.seen.push(seen);
    let hit: StoreFault | undefined;
    for (const entry of this.faults) {
      if (!entry.fault.calls.includes(seen.call)) continue;
      entry.left -= 1;
      const now = entry.left === 0 || (entry.left < 0 && entry.fault.forEver);
      if (now) hit ??= entry.fault;
    }
    await this.onCall?.(seen);
    return hit;
  }
}

function lost(seen: SeenCall, fault: StoreFault): Error {
  return (
    fault.error ??
    new TidemarkError(
      "STORE_UNREACHABLE",
      `${seen.call} of ${seen.key}: no answer`,
    )
  );
}
