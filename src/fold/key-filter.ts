import type { MemoryBudget } from "./memory-budget.ts";

const SMALLEST_BYTES = 1024;
const LARGEST_BYTES = 256 * 1024 * 1024;

/** Tells keys that were surely never added; three bits per key (a Bloom filter over the keys' hashes). */
export class KeyFilter {
  private readonly budget: MemoryBudget;
  private words: Int32Array;
  private readonly mask: number;

  /** Takes a 64th of the memory. */
  constructor(budget: MemoryBudget) {
    const wanted = Math.min(budget.limitBytes / 64, LARGEST_BYTES);
    const bytes = 2 ** Math.floor(Math.log2(Math.max(wanted, SMALLEST_BYTES)));
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
