import type { Duplex } from "node:stream";

/** Larger reads cost no less per byte: no pause for those. */
const FULL_READ_BYTES = 64 * 1024;
const SHORTEST_PAUSE_MS = 1;
/** Longer ones fill the kernel's buffers, and the walsender waits. */
const LONGEST_PAUSE_MS = 4;
/** Reads that come this fast after one another are a backlog; at the live tail every read is passed on at once. */
const BUSY_MS = 3;
/** A pause is worth its while when what it gathers is at least this much. */
const WORTH_BYTES = 8 * 1024;
/**
 * How many reads go by at most before a pause is tried again: twice as many after each that was not worth it. One alone says little, the
 * walsender may have had no processor meanwhile.
 */
const MOST_SKIPPED = 16;

/**
 * Drains a backlog in large reads: while the socket is paused the kernel gathers what a walsender sends message by message, which
 * cuts its CPU and ours by more than half. Not on a Unix socket, whose buffer is full in less than a pause.
 */
export class ReadCoalescer {
  private readonly socket: Duplex;
  private full = false;
  private timer: NodeJS.Timeout | undefined;
  private lastReadMs = 0;
  private paused = false;
  private skip = 0;
  private skipNext = 1;
  private pauseMs = SHORTEST_PAUSE_MS;

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => this.read(chunk.length));
  }

  /** The reader's queue is full, or has room again: that goes before everything. */
  hold(full: boolean): void {
    this.full = full;
    if (full) this.socket.pause();
    else if (this.timer === undefined) this.socket.resume();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.full = false;
    this.socket.resume();
  }

  private judgePause(bytes: number): void {
    if (bytes >= WORTH_BYTES) {
      this.skipNext = 1;
      // Each read becomes a journal frame, so a slow walsender is given longer to fill it.
      if (bytes < FULL_READ_BYTES)
        this.pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.pauseMs);
      else this.pauseMs = SHORTEST_PAUSE_MS;
      return;
    }
    this.pauseMs = SHORTEST_PAUSE_MS;
    this.skip = this.skipNext;
    this.skipNext = Math.min(MOST_SKIPPED, 2 * this.skipNext);
  }

  private read(bytes: number): void {
    const nowMs = performance.now();
    const busy = nowMs - this.lastReadMs < BUSY_MS;
    this.lastReadMs = nowMs;
    if (this.paused) this.judgePause(bytes);
    this.paused = false;
    if (!busy || bytes >= FULL_READ_BYTES || this.timer !== undefined) return;
    if (this.skip > 0) {
      this.skip--;
      return;
    }
    this.paused = true;
    this.socket.pause();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.lastReadMs = performance.now(); // nothing could be read before
      if (!this.full) this.socket.resume();
    }, this.pauseMs);
  }
}
