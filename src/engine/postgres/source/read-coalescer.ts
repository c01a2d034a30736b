import type { Duplex } from "node:stream";

/** Node reads at most this much at once: a shorter read has emptied the kernel's buffer. */
const FULL_READ_BYTES = 64 * 1024;
const PAUSE_MS = 1;
/** Reads that come this fast after one another are a backlog; at the live tail every read is passed on at once. */
const BUSY_MS = 3;
/** A pause is worth its while when what it gathers is at least this much. */
const WORTH_BYTES = 8 * 1024;
/** How many reads go by before a pause is tried again after it was not worth it. */
const SKIP_READS = 64;

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

  private read(bytes: number): void {
    const nowMs = performance.now();
    const busy = nowMs - this.lastReadMs < BUSY_MS;
    this.lastReadMs = nowMs;
    if (this.paused && bytes < WORTH_BYTES) this.skip = SKIP_READS;
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
      if (!this.full) this.socket.resume();
    }, PAUSE_MS);
  }
}
