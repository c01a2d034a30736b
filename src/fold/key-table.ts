import { freeBytes } from "../format/free-bytes.ts";
import type { Span } from "../format/span.ts";
import type { Arena } from "./arena.ts";
import type { MemoryBudget } from "./memory-budget.ts";

/** A record: words, then the key's bytes, then room for more. Words 1 to 5 belong to the table's kind. */
export const RECORD_WORDS = 6;
export const KEY_BYTES = 0;
export const HEADER_BYTES = RECORD_WORDS * 4;
const FIRST_SLOTS = 16;
const FIRST_KEYS = 16;

/**
 * Open addressing over key bytes. A slot is two words, hash and address of the record, so that a probe touches one cache
 * line and a match one more.
 */
export class KeyTable {
  readonly arena: Arena;
  private readonly budget: MemoryBudget;
  /** One free slot is not taken from the budget: a table without keys costs nothing. */
  private slots: Int32Array = new Int32Array(2);
  private mask = 0;
  private keys = 0;
  private tableBytes = 0;
  /** Addresses in the order in which the keys were first seen. */
  private order: Int32Array = new Int32Array(0);
  private foundHash = 0;
  private foundSlot = 0;

  constructor(arena: Arena, budget: MemoryBudget) {
    this.arena = arena;
    this.budget = budget;
  }

  get size(): number {
    return this.keys;
  }

  /** What it took itself. */
  get bytes(): number {
    return this.tableBytes;
  }

  /** Gives back what it took itself; the arena is its owner's. Nothing may be called afterwards. */
  release(): void {
    this.budget.giveBack(this.tableBytes);
    this.tableBytes = 0;
  }

  /** The n-th key that was added. */
  addressAt(n: number): number {
    return this.order[n] as number;
  }

  /** The address of the key's record, or 0; `add` may follow at once. */
  find(key: Span): number {
    const hash = hashKey(key);
    const { slots, mask } = this;
    let slot = hash & mask;
    for (;;) {
      const address = slots[2 * slot + 1] as number;
      if (
        address === 0 ||
        (slots[2 * slot] === hash && this.isKey(address, key))
      ) {
        this.foundHash = hash;
        this.foundSlot = slot;
        return address;
      }
      slot = (slot + 1) & mask;
    }
  }

  /** Adds the key that was just not found, with `room` bytes behind it. */
  add(key: Span, room: number): number {
    if ((this.keys + 1) * 8 > (this.mask + 1) * 5) this.grow();
    const size = key.to - key.from;
    const { arena } = this;
    const address = arena.allocate(HEADER_BYTES + size + room);
    arena.wordsOf(address)[arena.wordIndex(address) + KEY_BYTES] = size;
    copyBytes(key, arena.bytesOf(address), this.keyIndex(address));
    this.slots[2 * this.foundSlot] = this.foundHash;
    this.slots[2 * this.foundSlot + 1] = address;
    this.remember(address);
    return address;
  }

  /** Where the key begins in `arena.bytesOf(address)`. */
  keyIndex(address: number): number {
    return this.arena.byteIndex(address) + HEADER_BYTES;
  }

  private isKey(address: number, key: Span): boolean {
    const { arena } = this;
    const size = key.to - key.from;
    if (arena.wordsOf(address)[arena.wordIndex(address) + KEY_BYTES] !== size)
      return false;
    const known = arena.bytesOf(address);
    const start = this.keyIndex(address);
    const { bytes, from } = key;
    for (let n = 0; n < size; n++)
      if (known[start + n] !== bytes[from + n]) return false;
    return true;
  }

  private remember(address: number): void {
    if (this.keys === this.order.length) {
      const longer = this.longer(this.order, FIRST_KEYS);
      longer.set(this.order);
      this.dropped(this.order);
      this.order = longer;
    }
    this.order[this.keys++] = address;
  }

  private grow(): void {
    const before = this.slots;
    const slots = this.longer(before, FIRST_SLOTS * 2);
    const mask = slots.length / 2 - 1;
    for (let n = 0; n < before.length; n += 2) {
      if (before[n + 1] === 0) continue;
      let slot = (before[n] as number) & mask;
      while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
      slots[2 * slot] = before[n] as number;
      slots[2 * slot + 1] = before[n + 1] as number;
    }
    if (this.mask > 0) this.dropped(before);
    this.slots = slots;
    this.mask = mask;
    let free = this.foundHash & mask;
    while (slots[2 * free + 1] !== 0) free = (free + 1) & mask;
    this.foundSlot = free;
  }

  private longer(words: Int32Array, least: number): Int32Array {
    const length = Math.max(least, words.length * 2);
    this.budget.take(length * 4);
    this.tableBytes += length * 4;
    return new Int32Array(length);
  }

  private dropped(words: Int32Array): void {
    const { byteLength } = words;
    this.budget.giveBack(byteLength);
    this.tableBytes -= byteLength;
    freeBytes(words);
  }
}

export function copyBytes(from: Span, to: Uint8Array, at: number): void {
  const size = from.to - from.from;
  if (size > 64) {
    to.set(from.bytes.subarray(from.from, from.to), at);
    return;
  }
  const { bytes, from: start } = from;
  for (let n = 0; n < size; n++) to[at + n] = bytes[start + n] as number;
}

/**
 * Keys that differ in their last byte only, as neighbours in a sequence do, get neighbouring slots: changes come mostly in the order of
 * the keys, and a cache line of slots then serves eight of them.
 */
export function hashKey(key: Span): number {
  const { bytes, from } = key;
  const to = key.to - 1;
  let hash = Math.imul(to - from, 0x9e3779b1);
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    hash = Math.imul(hash ^ Math.imul(word, 0xcc9e2d51), 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
  }
  for (; at < to; at++)
    hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) & ~7) | ((bytes[to] as number) & 7);
}
