import type { Span } from "../format/span.ts";
import { Arena } from "./arena.ts";
import { KeyTable, copyBytes } from "./key-table.ts";
import type { MemoryBudget } from "./memory-budget.ts";

/** Words of a record, whose key is the link; the key to which it is delivered stands behind that. */
const TO = 1;
const AT_BYTES = 2;
const LINK_BYTES = 4;

export interface Forward {
  readonly link: number;
  /** The record that is filled. */
  readonly to: number;
  /** To which it is delivered. */
  readonly key: Span;
}

/** Rows that passed through a key and are filled at another one: what is delivered under their link goes on there. */
export class LinkTable {
  private readonly arena: Arena;
  private readonly table: KeyTable;
  private readonly name: Span = {
    bytes: Buffer.alloc(LINK_BYTES),
    from: 0,
    to: LINK_BYTES,
  };

  constructor(budget: MemoryBudget) {
    this.arena = new Arena(budget);
    this.table = new KeyTable(this.arena, budget);
  }

  get size(): number {
    return this.table.size;
  }

  add(link: number, { to, key }: Omit<Forward, "link">): void {
    const { arena, table } = this;
    if (this.recordOf(link) !== 0)
      throw new RangeError("a link leads to two rows");
    const size = key.to - key.from;
    const record = table.add(this.name, size);
    const words = arena.wordsOf(record);
    words[arena.wordIndex(record) + TO] = to;
    words[arena.wordIndex(record) + AT_BYTES] = size;
    const at = table.keyIndex(record) + LINK_BYTES;
    copyBytes(key, arena.bytesOf(record), at);
  }

  /** The record to be filled, or 0. */
  find(link: number): number {
    const record = this.recordOf(link);
    return record === 0 ? 0 : this.word(record, TO);
  }

  nth(n: number): Forward {
    const { arena, table } = this;
    const record = table.addressAt(n);
    const bytes = Buffer.from(arena.bytesOf(record).buffer);
    const at = table.keyIndex(record);
    const from = at + LINK_BYTES;
    return {
      link: bytes.readUInt32LE(at),
      to: this.word(record, TO),
      key: { bytes, from, to: from + this.word(record, AT_BYTES) },
    };
  }

  release(): void {
    this.table.release();
    this.arena.release();
  }

  private recordOf(link: number): number {
    (this.name.bytes as Buffer).writeUInt32LE(link);
    return this.table.find(this.name);
  }

  private word(record: number, word: number): number {
    const { arena } = this;
    return arena.wordsOf(record)[arena.wordIndex(record) + word] as number;
  }
}
