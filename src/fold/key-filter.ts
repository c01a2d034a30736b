import { powerOfTwo, type MemoryBudget } from "./memory-budget.ts";

const LEAST_BYTES = 64;
const MOST_BYTES = 256 * 1024 * 1024;

/** Tells keys that were surely never added; three bits per key (a Bloom filter over the keys' hashes). */
export class KeyFilter {
  private readonly budget: MemoryBudget;
  private words: Int32Array;
  private readonly mask: number;

  /** Takes two to four bytes for each of so many keys, and at most a 32nd of the memory. */
  constructor(budget: MemoryBudget, keys: number) {
    const wanted = Math.min(keys * 4, budget.limitBytes / 32);
    const bytes = powerOfTwo(wanted, { least: LEAST_BYTES, most: MOST_BYTES });
    this.budget = budget;
    budget.take(bytes);
    this.words = new Int32Array(bytes / 4);
    this.mask = bytes * 8 - 1;
  }

  add(hash: number): void {
    this.set(hash);
    this.set(Math.imul(hash, 0x9e3779b1) >>> 1);
    this.set(Math.imul(hash, 0x85ebca77) >>> 2);
  }

  mayHave(hash: number): boolean {
    return (
      this.has(hash) &&
      this.has(Math.imul(hash, 0x9e3779b1) >>> 1) &&
      this.has(Math.imul(hash, 0x85ebca77) >>> 2)
    );
  }

  /** Nothing may be called afterwards. */
  release(): void {
    this.budget.giveBack(this.words.byteLength);
    this.words = new Int32Array(0);
  }

  private set(bit: number): void {
    const at = bit & this.mask;
    this.words[at >>> 5] = (this.words[at >>> 5] as number) | (1 << (at & 31));
  }

  private has(bit: number): boolean {
    const at = bit & this.mask;
    return ((this.words[at >>> 5] as number) & (1 << (at & 31))) !== 0;
  }
}
