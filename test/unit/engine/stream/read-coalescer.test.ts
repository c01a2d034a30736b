import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ReadCoalescer } from "../../../../src/engine/stream/read-coalescer.ts";

/** A socket whose reads come when the test says so, on a clock that stands still. */
class FakeSocket extends PassThrough {
  readonly calls: string[] = [];

  override pause(): this {
    this.calls.push("pause");
    return this;
  }

  override resume(): this {
    this.calls.push("resume");
    return this;
  }

  read64(): void {
    this.emit("data", Buffer.alloc(64));
  }
}

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "performance"],
    now: 1000,
  });
});
afterEach(() => {
  vi.useRealTimers();
});

function opened() {
  const socket = new FakeSocket();
  const coalescer = new ReadCoalescer(socket);
  socket.calls.length = 0;
  return { socket, coalescer };
}

describe("a coalescer", () => {
  test("lets reads of the live tail through at once", () => {
    const { socket } = opened();
    for (let n = 0; n < 20; n++) {
      vi.advanceTimersByTime(10);
      socket.read64();
    }
    expect(socket.calls).toEqual([]);
  });

  test("pauses between small reads of a backlog, and reads on", () => {
    const { socket } = opened();
    vi.advanceTimersByTime(10);
    socket.read64();
    socket.read64();
    expect(socket.calls).toEqual(["pause"]);
    vi.advanceTimersByTime(1);
    expect(socket.calls).toEqual(["pause", "resume"]);
  });

  test("does not pause when the kernel's buffer was full", () => {
    const { socket } = opened();
    vi.advanceTimersByTime(10);
    socket.read64();
    socket.emit("data", Buffer.alloc(64 * 1024));
    expect(socket.calls).toEqual([]);
  });

  /** How many milliseconds the pause lasts. */
  function endPause(socket: FakeSocket): number {
    socket.calls.length = 0;
    for (let ms = 1; ms < 100; ms++) {
      vi.advanceTimersByTime(1);
      if (socket.calls.includes("resume")) return ms;
    }
    throw new Error("no end of a pause");
  }

  /** Ends a pause, and counts the reads until the next one begins. */
  function readsToNextPause(socket: FakeSocket): number {
    endPause(socket);
    for (let reads = 1; reads < 1000; reads++) {
      socket.read64();
      if (socket.calls.includes("pause")) return reads;
    }
    throw new Error("no pause in a thousand reads");
  }

  test("tries less and less often while pauses gather little", () => {
    const { socket } = opened();
    vi.advanceTimersByTime(10);
    socket.read64();
    socket.read64();
    const reads = Array.from({ length: 9 }, () => readsToNextPause(socket));
    expect(reads).toEqual([2, 3, 5, 9, 17, 17, 17, 17, 17]);
  });

  test("tries at once again after a pause that was worth it", () => {
    const { socket } = opened();
    vi.advanceTimersByTime(10);
    socket.read64();
    socket.read64();
    expect(readsToNextPause(socket)).toBe(2);
    expect(readsToNextPause(socket)).toBe(3);
    endPause(socket);
    socket.emit("data", Buffer.alloc(8 * 1024));
    expect(readsToNextPause(socket)).toBe(2);
  });

  test("pauses longer while reads are short of full, and not once one is", () => {
    const { socket } = opened();
    const pauseAfter = (bytes: number): number => {
      socket.calls.length = 0;
      socket.emit("data", Buffer.alloc(bytes));
      if (!socket.calls.includes("pause")) socket.read64();
      return endPause(socket);
    };
    vi.advanceTimersByTime(10);
    socket.read64();
    const sizes = [64, 9_000, 9_000, 9_000, 65_536, 9_000];
    expect(sizes.map(pauseAfter)).toEqual([1, 2, 4, 4, 1, 2]);
  });

  test("never resumes what the reader holds, whichever pause ends first", () => {
    const { socket, coalescer } = opened();
    vi.advanceTimersByTime(10);
    socket.read64();
    socket.read64();
    coalescer.hold(true);
    vi.advanceTimersByTime(1);
    expect(socket.calls).toEqual(["pause", "pause"]);
    coalescer.hold(false);
    expect(socket.calls).toEqual(["pause", "pause", "resume"]);
  });

  test("a hold that ends inside a pause waits for the pause", () => {
    const { socket, coalescer } = opened();
    vi.advanceTimersByTime(10);
    socket.read64();
    socket.read64();
    coalescer.hold(true);
    coalescer.hold(false);
    expect(socket.calls).toEqual(["pause", "pause"]);
    vi.advanceTimersByTime(1);
    expect(socket.calls).toEqual(["pause", "pause", "resume"]);
  });

  test("lets everything go when it is stopped", () => {
    const { socket, coalescer } = opened();
    coalescer.hold(true);
    coalescer.stop();
    expect(socket.calls).toEqual(["pause", "resume"]);
  });
});
