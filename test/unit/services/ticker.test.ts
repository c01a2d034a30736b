import { describe, expect, test } from "vitest";
import { Ticker } from "../../../src/services/ticker.ts";
import { never } from "../../support/never.ts";

/** An iterable whose items come when the test says so. */
function openSource() {
  let wanted = Promise.withResolvers<number>();
  let open = true;
  const iterable = async function* (signal: AbortSignal) {
    const aborted = new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason as Error)),
    );
    aborted.catch(() => undefined);
    try {
      for (;;) {
        const value = await Promise.race([wanted.promise, aborted]);
        wanted = Promise.withResolvers<number>();
        yield value;
      }
    } finally {
      open = false;
    }
  };
  return {
    iterable,
    give: (value: number) => wanted.resolve(value),
    fail: (error: Error) => {
      wanted.promise.catch(() => undefined);
      wanted.reject(error);
    },
    isOpen: () => open,
  };
}

describe("a ticker", () => {
  test("gives an item, or nothing when none came in time, and loses none", async () => {
    const source = openSource();
    await using ticker = new Ticker(source.iterable, never);
    expect(await ticker.next(0)).toBeUndefined();
    expect(await ticker.next(0)).toBeUndefined();
    source.give(1);
    expect(await ticker.next(60_000)).toBe(1);
    const waiting = ticker.next(60_000);
    source.give(2);
    expect(await waiting).toBe(2);
  });

  test("throws what the iterable throws, also when nobody waited", async () => {
    const source = openSource();
    await using ticker = new Ticker(source.iterable, never);
    expect(await ticker.next(0)).toBeUndefined();
    source.fail(new Error("gone"));
    await expect(ticker.next(60_000)).rejects.toThrow("gone");
  });

  test("does not take an end for silence", async () => {
    const ended = async function* (): AsyncGenerator<number> {
      yield* [];
    };
    await using ticker = new Ticker(ended, never);
    await expect(ticker.next(60_000)).rejects.toThrow("the stream ended");
  });

  test("closes the iterable with itself, and with its signal", async () => {
    const source = openSource();
    {
      await using ticker = new Ticker(source.iterable, never);
      await ticker.next(0);
      expect(source.isOpen()).toBe(true);
    }
    expect(source.isOpen()).toBe(false);
    const stop = new AbortController();
    await using ticker = new Ticker(openSource().iterable, stop.signal);
    const waiting = ticker.next(60_000);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });
});
