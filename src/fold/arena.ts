import { TidemarkError } from "../core/errors.ts";
import { powerOfTwo, type MemoryBudget } from "./memory-budget.ts";

const CHUNK_SHIFT = 17;
const CHUNK_UNITS = 1 << CHUNK_SHIFT;
const UNIT_MASK = CHUNK_UNITS - 1;
/** Addresses count units of 8 bytes: 16 GiB fit into an Int32. */
const UNIT_SHIFT = 3;
const CHUNK_BYTES = CHUNK_UNITS << UNIT_SHIFT;
const MAX_CHUNKS = 1 << (31 - CHUNK_SHIFT);
const FIRST_CHUNK_BYTES = 1024;

/**
 * Bytes that are only added, in chunks of up to 1 MiB that grow with use; a shorter one leaves the addresses behind it unused. What
 * is larger gets a chunk of its own size, which takes the numbers of all the chunks that it is long. An address is never 0.
 */
export class Arena {
  private readonly budget: MemoryBudget;
  private readonly chunks: (Uint8Array | undefined)[] = [];
  private readonly chunkWords: (Int32Array | undefined)[] = [];
  private next = 0;
  private end = 0;
  private taken = 0;
  private readonly largestBytes: number;

  /** Takes nothing before something is allocated. */
  constructor(budget: MemoryBudget) {
    this.budget = budget;
    this.largestBytes = powerOfTwo(budget.limitBytes / 32, {
      least: FIRST_CHUNK_BYTES,
      most: CHUNK_BYTES,
    });
  }

  /** The bytes are zero. */
  allocate(bytes: number): number {
    const units = (bytes + 7) >>> UNIT_SHIFT;
    if (this.next + units > this.end) this.addChunk(units);
    const address = this.next;
    this.next += units;
    return address;
  }

  bytesOf(address: number): Uint8Array {
    return this.chunks[address >>> CHUNK_SHIFT] as Uint8Array;
  }

  /** Where `address` lies in `bytesOf(address)`. */
  byteIndex(address: number): number {
    return (address & UNIT_MASK) << UNIT_SHIFT;
  }

  wordsOf(address: number): Int32Array {
    return this.chunkWords[address >>> CHUNK_SHIFT] as Int32Array;
  }

  wordIndex(address: number): number {
    return (address & UNIT_MASK) << 1;
  }

  get bytes(): number {
    return this.taken;
  }

  /** Gives everything back. Nothing may be called afterwards. */
  release(): void {
    this.budget.giveBack(this.taken);
    this.taken = 0;
    this.chunks.length = 0;
    this.chunkWords.length = 0;
  }

  private addChunk(units: number): void {
    const first = this.chunks.length === 0 ? 1 : 0; // keeps address 0 free
    const numbers = Math.max(1, Math.ceil((units + first) / CHUNK_UNITS));
    if (this.chunks.length + numbers >= MAX_CHUNKS)
      throw new TidemarkError("MEMORY", "the net change is over 16 GiB");
    const size = Math.max(
      (units + first) << UNIT_SHIFT,
      Math.min(this.largestBytes, Math.max(FIRST_CHUNK_BYTES, this.taken)),
    );
    this.budget.take(size);
    this.taken += size;
    const bytes = new Uint8Array(size);
    const number = this.chunks.length;
    this.chunks.push(bytes);
    this.chunkWords.push(new Int32Array(bytes.buffer));
    for (let n = 1; n < numbers; n++) {
      this.chunks.push(undefined);
      this.chunkWords.push(undefined);
    }
    this.next = number * CHUNK_UNITS + first;
    // Nothing begins in the middle of a large chunk: its addresses would name a chunk that is not there.
    this.end =
      numbers === 1
        ? number * CHUNK_UNITS + (size >>> UNIT_SHIFT)
        : this.next + units;
  }
}
