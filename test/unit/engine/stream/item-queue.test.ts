import { describe, expect, test } from "vitest";
import { lsnPosition } from "../../../../src/core/position.ts";
import type { SourceItem } from "../../../../src/engine/change-source.ts";
import { ItemQueue } from "../../../../src/engine/stream/item-queue.ts";
import { never } from "../../../support/never.ts";

const progress: SourceItem = {
  kind: "progress",
  position: lsnPosition(16n),
  at: 1n,
};

function part(bytes: number): SourceItem {
  return {
    kind: "part",
    xid: "1",
    part: 0,
    tables: [],
    items: { count: 1, bytes: Buffer.alloc(bytes) },
    commit: undefined,
  };
}

function openQueue(highBytes: number) {
  const queue = new ItemQueue(highBytes);
  const pressure: boolean[] = [];
  queue.onPressure = (full) => pressure.push(full);
  return { queue, pressure };
}

describe("a queue", () => {
  test("gives everything there is, in order, and waits for the first", async () => {
    const { queue } = openQueue(10_000);
    const waiting = queue.take(never);
    queue.push(progress);
    expect(await waiting).toEqual([progress]);
    const items = [part(1), progress, part(2)];
    for (const item of items) queue.push(item);
    expect(await queue.take(never)).toEqual(items);
  });

  test("is full at its bound, once, until all of it is taken", async () => {
    const { queue, pressure } = openQueue(5000);
    queue.push(part(2000));
    expect(pressure).toEqual([]);
    queue.push(part(2000));
    queue.push(part(2000));
    expect(pressure).toEqual([true]);
    expect(await queue.take(never)).toHaveLength(3);
    expect(pressure).toEqual([true, false]);
    queue.push(part(6000));
    expect(pressure).toEqual([true, false, true]);
  });

  test("is filled by tiny items too", () => {
    const { queue, pressure } = openQueue(10_000);
    for (let n = 0; n < 10; n++) queue.push(progress);
    expect(pressure).toEqual([true]);
  });

  test("gives what came before a failure, and then throws it for ever", async () => {
    const { queue } = openQueue(1000);
    const failure = new Error("gone");
    queue.push(progress);
    queue.fail(failure);
    queue.fail(new Error("later"));
    expect(await queue.take(never)).toEqual([progress]);
    await expect(queue.take(never)).rejects.toBe(failure);
    await expect(queue.take(never)).rejects.toBe(failure);
  });

  test("wakes a reader that waits with a failure", async () => {
    const { queue } = openQueue(1000);
    const waiting = queue.take(never);
    queue.fail(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
  });

  test("lets go of a reader that is cancelled, and serves the next", async () => {
    const { queue } = openQueue(1000);
    const stop = new AbortController();
    const waiting = queue.take(stop.signal);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    queue.push(progress);
    expect(await queue.take(never)).toEqual([progress]);
  });
});
