import type { MemoryBudget } from "./memory-budget.ts";
import type { SpillFile } from "./spill-file.ts";

/** The n-th extent is 2^n times as long, up to the largest: so few that their list needs no counting. */
const FIRST_EXTENT = 4096;
const LARGEST_EXTENT = 64 * 1024 * 1024;
/** About what a stream without a buffer takes. */
const STREAM_BYTES = 256;

export interface StreamSpace {
  readonly file: SpillFile;
  readonly budget: MemoryBudget;
  readonly blockBytes: number;
}

/** Bytes in the order of writing. A file holds many of them, each in extents of its own. */
export class SpillStream {
  private readonly space: StreamSpace;
  private readonly extents: number[] = [];
  private capacity = 0;
  private flushed = 0;
  private buffer: Buffer | undefined;
  private length = 0;

  /** Takes its buffer when something is written. */
  constructor(space: StreamSpace) {
    this.space = space;
    space.budget.take(STREAM_BYTES);
  }

  get bytes(): number {
    return this.flushed + this.length;
  }

  /** What is longer than a block goes to the file as it is. */
  append(bytes: Uint8Array): void {
    const { blockBytes, budget } = this.space;
    if (this.length + bytes.length > blockBytes) this.flush();
    if (bytes.length > blockBytes) {
      this.write(bytes);
      return;
    }
    if (this.buffer === undefined) {
      budget.take(blockBytes);
      this.buffer = Buffer.allocUnsafeSlow(blockBytes);
    }
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Puts the buffer away. */
  rest(): void {
    this.flush();
    if (this.buffer !== undefined)
      this.space.budget.giveBack(this.space.blockBytes);
    this.buffer = undefined;
  }

  /** Of what was flushed, a copy. */
  read(from: number, size: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(size);
    let begins = 0;
    let done = 0;
    for (let n = 0; done < size; n++) {
      const ends = begins + extentBytes(n);
      const at = from + done;
      if (at < ends) {
        const more = Math.min(size - done, ends - at);
        const place = (this.extents[n] as number) + at - begins;
        this.space.file.read(place, bytes.subarray(done, done + more));
        done += more;
      }
      begins = ends;
    }
    return bytes;
  }

  /** Nothing may be called afterwards. */
  release(): void {
    this.length = 0;
    this.rest();
    this.space.budget.giveBack(STREAM_BYTES);
  }

  private flush(): void {
    if (this.buffer !== undefined && this.length > 0)
      this.write(this.buffer.subarray(0, this.length));
    this.length = 0;
  }

  private write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      if (this.flushed === this.capacity) this.addExtent();
      const room = this.capacity - this.flushed;
      const more = Math.min(room, bytes.length - done);
      const n = this.extents.length - 1;
      const place = (this.extents[n] as number) + extentBytes(n) - room;
      this.space.file.write(place, bytes.subarray(done, done + more));
      this.flushed += more;
      done += more;
    }
  }

  private addExtent(): void {
    const bytes = extentBytes(this.extents.length);
    this.extents.push(this.space.file.reserve(bytes));
    this.capacity += bytes;
  }
}

function extentBytes(n: number): number {
  return Math.min(FIRST_EXTENT * 2 ** n, LARGEST_EXTENT);
}
