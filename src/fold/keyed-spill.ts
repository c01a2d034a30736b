import type { TidemarkError } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import type { Span } from "../format/span.ts";
import { foldDamage } from "./fold-damage.ts";
import { KeyFilter } from "./key-filter.ts";
import { hashKey } from "./key-table.ts";
import { PARTIAL, type KeyedRows } from "./keyed-rows.ts";
import {
  SpillPartitions,
  emptyNote,
  partitionOf,
  type SpillSpace,
} from "./spill-partitions.ts";

/** Kinds of notes; an arrival's `how` stands above them. */
export const ARRIVE = 0;
export const LEAVE = 1;
export const FILL = 2;
export const KIND_BITS = 2;

const NOTHING: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };

/** Where the missing columns of a spilled row are delivered: its key, and which of the arrivals there. */
interface Root {
  readonly key: Span;
  readonly link: number;
}

export interface KeyedMove {
  readonly row: Span;
  readonly key: Span;
  readonly oldKey: Span;
  readonly how: number;
}

/**
 * What happens to keys once memory is full. Keys in memory stay there and are folded as before; changes of other keys are
 * written down by partition of their key, newest-first, to be folded partition by partition. A row that moved and is not
 * whole ties two partitions: from its old key on, whatever changes there is delivered to its root as well. Rows are whole
 * nearly always, so that few such ties exist at a time, and they are kept in memory.
 */
export class KeyedSpill {
  readonly notes: SpillPartitions;
  readonly filter: KeyFilter;
  private readonly shape: Shape;
  private readonly rows: KeyedRows;
  private readonly space: SpillSpace;
  private readonly note = emptyNote();
  private readonly roots = new Map<string, Root>();
  private links = 0;

  constructor(shape: Shape, rows: KeyedRows, space: SpillSpace) {
    this.shape = shape;
    this.rows = rows;
    this.space = space;
    this.notes = new SpillPartitions(space);
    this.filter = new KeyFilter(space.budget);
  }

  /** Nothing may be called afterwards. */
  release(): void {
    this.notes.release();
    this.filter.release();
  }

  /** Rows that are still missing something that only older changes have. */
  get openLinks(): number {
    return this.roots.size;
  }

  arrive(row: Span, key: Span, how: number): void {
    if (this.rows.find(key) !== 0) this.rows.arrive(row, key, how);
    else this.write({ kind: ARRIVE | (how << KIND_BITS), link: 0, key, row });
    this.deliver(row, key, (how & PARTIAL) === 0);
  }

  leave(key: Span): void {
    if (this.roots.size > 0 && this.roots.has(nameOf(key)))
      throw this.damage("a row leaves its key where a newer change finds it");
    if (this.rows.find(key) !== 0) this.rows.leave(key, 0);
    else this.write({ kind: LEAVE, link: 0, key, row: NOTHING });
  }

  move({ row, key, oldKey, how }: KeyedMove): void {
    const partial = (how & PARTIAL) !== 0;
    let root = this.roots.size > 0 ? this.roots.get(nameOf(key)) : undefined;
    const inMemory = this.rows.find(key) !== 0;
    let tail = 0;
    if (inMemory) {
      tail = this.rows.arrive(row, key, how);
    } else {
      const link = partial && root === undefined ? ++this.links : 0;
      this.write({ kind: ARRIVE | (how << KIND_BITS), link, key, row });
      if (link !== 0) root = { key: copyOf(key), link };
    }
    this.deliver(row, key, true);
    if (tail === 0) {
      this.leave(oldKey);
      if (partial && root !== undefined) this.tie(oldKey, root);
      return;
    }
    if (root !== undefined || this.roots.has(nameOf(oldKey)))
      throw this.damage("two rows stand at one key");
    // The old key comes into memory, where the row that it continues is: no row stood there after this change, so that
    // what was spilled of it is complete.
    this.rows.leave(oldKey, tail);
  }

  /** A row that stands at `key` fills what a root still misses; `last`: nothing older will be needed, or found here. */
  deliver(row: Span, key: Span, last: boolean): void {
    if (this.roots.size === 0) return;
    const name = nameOf(key);
    const root = this.roots.get(name);
    if (root === undefined) return;
    this.write({ kind: FILL, link: root.link, key: root.key, row });
    if (!last) return;
    this.roots.delete(name);
    this.space.budget.giveBack(tieBytes(name, root));
  }

  hasRootAt(key: Span): boolean {
    return this.roots.size > 0 && this.roots.has(nameOf(key));
  }

  private tie(oldKey: Span, root: Root): void {
    const name = nameOf(oldKey);
    this.space.budget.take(tieBytes(name, root));
    this.roots.set(name, root);
  }

  private write(of: {
    kind: number;
    link: number;
    key: Span;
    row: Span;
  }): void {
    const { note } = this;
    note.kind = of.kind;
    note.link = of.link;
    Object.assign(note.key, of.key);
    Object.assign(note.row, of.row);
    const hash = hashKey(of.key);
    this.filter.add(hash);
    this.notes.write(partitionOf(hash), note);
  }

  private damage(what: string): TidemarkError {
    return foldDamage({ shape: this.shape, seq: this.rows.seq }, what);
  }
}

function nameOf(key: Span): string {
  return Buffer.from(
    key.bytes.buffer,
    key.bytes.byteOffset + key.from,
    key.to - key.from,
  ).toString("latin1");
}

function copyOf(key: Span): Span {
  const bytes = Buffer.from(key.bytes.subarray(key.from, key.to));
  return { bytes, from: 0, to: bytes.length };
}

/** An estimate of a tie's size in memory. */
function tieBytes(name: string, root: Root): number {
  return 256 + name.length + root.key.to;
}
