import type { TidemarkError } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import { AvroWriter } from "../format/avro-writer.ts";
import type { Span } from "../format/span.ts";
import { Arena } from "./arena.ts";
import { foldDamage } from "./fold-damage.ts";
import { HEADER_BYTES, KEY_BYTES, KeyTable, copyBytes } from "./key-table.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import { RowFiller, isWhole } from "./row-values.ts";

/** Words of a record. IMAGE: 0 gone, its own address: behind the key, otherwise an allocation of its own. */
const IMAGE = 1;
const IMAGE_BYTES = 2;
/** The record whose missing columns older changes at this key fill; 0: none. */
const OPEN = 3;
const FLAGS = 4;
/** Under which number what it misses is delivered to its key; 0: it waits for none. */
const LINK = 5;

/** A row stood at this key before the oldest change seen so far. */
const EXISTS = 1;
const INCOMPLETE = 2;
const WRITTEN = 4;
/** Stands for a row in another partition: its key, and the link under which it waits there. */
const REMOTE = 8;

/** How a row came to its key: from itself, so that older changes at this key are its own; with columns that are unchanged. */
export const STAYS = 1;
export const PARTIAL = 2;

/** A row of the base, decoded only when it is needed. */
export interface BaseRow {
  whole(): Span;
}

/** Brings what stood at an older key to the row of another partition that misses it. */
export type SendRow = (row: Span, to: { key: Span; link: number }) => void;

/** Last images by key, while walking back in time. */
export class KeyedRows {
  private readonly shape: Shape;
  private readonly arena: Arena;
  private readonly table: KeyTable;
  private readonly filler = new RowFiller(new AvroWriter(256));
  private readonly image: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  /** Where rows of other partitions are filled; a table in one piece has none. */
  private readonly send: SendRow | undefined;
  /** Of the change that is applied, for errors. */
  seq = 0;
  /** Keys at which a row must be found in something older. */
  expected = 0;

  constructor(shape: Shape, budget: MemoryBudget, send?: SendRow) {
    this.shape = shape;
    this.arena = new Arena(budget);
    this.table = new KeyTable(this.arena, budget);
    this.send = send;
  }

  get size(): number {
    return this.table.size;
  }

  get bytes(): number {
    return this.arena.bytes + this.table.bytes;
  }

  /**
   * After this change `row` stood at `key`; before it the same row did (STAYS), or none. Returns the record that is still
   * incomplete, which is left open at `key` if the row stays; otherwise 0.
   */
  arrive(row: Span, key: Span, how: number): number {
    const { table } = this;
    let record = table.find(key);
    let tail = 0;
    if (record === 0) {
      record = this.addImage(row, key);
      if ((how & PARTIAL) !== 0) {
        this.setFlags(record, INCOMPLETE);
        tail = record;
      }
    } else {
      if ((this.flags(record) & EXISTS) === 0)
        throw this.damage("a row is written where a newer change finds none");
      tail = this.word(record, OPEN);
      if (tail !== 0 && this.fill(tail, row)) tail = 0;
      this.expected -= 1;
    }
    if ((how & STAYS) !== 0) {
      this.setFlags(record, this.flags(record) | EXISTS);
      this.setWord(record, OPEN, tail);
      this.expected += 1;
    } else {
      this.setFlags(record, this.flags(record) & ~EXISTS);
      this.setWord(record, OPEN, 0);
    }
    return tail;
  }

  /** After this change no row stood at `key`; the one that did before it may fill `tail`. */
  leave(key: Span, tail: number): void {
    const record = this.vacate(key);
    this.setFlags(record, this.flags(record) | EXISTS);
    this.setWord(record, OPEN, tail);
    this.expected += 1;
  }

  /** After these changes no row stood at `key`, and none before them. Returns the key's record. */
  vacate(key: Span): number {
    const record = this.table.find(key);
    if (record === 0) return this.table.add(key, 0);
    if ((this.flags(record) & EXISTS) !== 0)
      throw this.damage("a row leaves its key where a newer change finds it");
    return record;
  }

  /** Stands for the row at `key` in another partition that waits for `link`. */
  addRemote(key: Span, link: number): number {
    const { arena } = this;
    const size = key.to - key.from;
    const remote = arena.allocate(HEADER_BYTES + size);
    this.setWord(remote, KEY_BYTES, size);
    this.setWord(remote, LINK, link);
    this.setFlags(remote, REMOTE | INCOMPLETE);
    copyBytes(key, arena.bytesOf(remote), this.table.keyIndex(remote));
    return remote;
  }

  /** Fills what a record misses; true: it is whole now. */
  fill(record: number, row: Span): boolean {
    if ((this.flags(record) & REMOTE) !== 0)
      return this.fillRemote(record, row);
    const { filler, arena } = this;
    filler.fill(this.imageOf(record), row);
    if (!filler.changed) return false;
    const size = filler.row.to - filler.row.from;
    const address = arena.allocate(size);
    copyBytes(filler.row, arena.bytesOf(address), arena.byteIndex(address));
    this.setWord(record, IMAGE, address);
    this.setWord(record, IMAGE_BYTES, size);
    if (filler.complete)
      this.setFlags(record, this.flags(record) & ~INCOMPLETE);
    return filler.complete;
  }

  release(): void {
    this.table.release();
    this.arena.release();
  }

  /** The record of a base row's key, or 0: no change knows it. */
  find(key: Span): number {
    return this.table.find(key);
  }

  /**
   * The base has a row at this record's key: no other may come. Returns the record that it makes whole, or 0; that row is in
   * `filled`, once, and kept nowhere: after the base nothing asks for it.
   */
  meetBase(record: number, row: BaseRow): number {
    if ((this.flags(record) & EXISTS) === 0)
      throw this.damage("the base has a row at a key where changes find none");
    const tail = this.word(record, OPEN);
    this.setWord(record, OPEN, 0);
    this.setFlags(record, this.flags(record) & ~EXISTS);
    this.expected -= 1;
    if (tail === 0 || !this.isIncomplete(tail)) return 0;
    const whole = row.whole();
    if ((this.flags(tail) & REMOTE) !== 0) {
      if (!this.fillRemote(tail, whole)) throw this.damage(NOT_WHOLE);
      return 0;
    }
    this.filler.fill(this.imageOf(tail), whole);
    if (!this.filler.complete) throw this.damage(NOT_WHOLE);
    this.setFlags(tail, (this.flags(tail) & ~INCOMPLETE) | WRITTEN);
    return tail;
  }

  get filled(): Span {
    return this.filler.row;
  }

  /** The record's last image, once: undefined when the row is gone, not yet whole, or was taken before. */
  takeImage(record: number): Span | undefined {
    const flags = this.flags(record);
    if ((flags & (INCOMPLETE | WRITTEN)) !== 0) return undefined;
    if (this.word(record, IMAGE) === 0) return undefined;
    this.setFlags(record, flags | WRITTEN);
    return this.imageOf(record);
  }

  /** In the order in which they were first seen. */
  recordAt(n: number): number {
    return this.table.addressAt(n);
  }

  exists(record: number): boolean {
    return (this.flags(record) & EXISTS) !== 0;
  }

  isIncomplete(record: number): boolean {
    return (this.flags(record) & INCOMPLETE) !== 0;
  }

  hasImage(record: number): boolean {
    return this.word(record, IMAGE) !== 0;
  }

  openAt(record: number): number {
    return this.word(record, OPEN);
  }

  linkOf(record: number): number {
    return this.word(record, LINK) >>> 0;
  }

  /** What `record` misses is delivered under this link. */
  setLink(record: number, link: number): void {
    this.setWord(record, LINK, link);
  }

  isRemote(record: number): boolean {
    return (this.flags(record) & REMOTE) !== 0;
  }

  /** Copies nothing: good until memory is added. */
  readKey(record: number, key: Span): void {
    key.bytes = this.arena.bytesOf(record);
    key.from = this.table.keyIndex(record);
    key.to = key.from + this.word(record, KEY_BYTES);
  }

  /** Good until the next one. */
  imageOf(record: number): Span {
    const { arena, image } = this;
    const address = this.word(record, IMAGE);
    image.bytes = arena.bytesOf(address);
    image.from =
      address === record
        ? this.table.keyIndex(record) + this.word(record, KEY_BYTES)
        : arena.byteIndex(address);
    image.to = image.from + this.word(record, IMAGE_BYTES);
    return image;
  }

  damage(what: string): TidemarkError {
    return foldDamage({ shape: this.shape, seq: this.seq }, what);
  }

  private addImage(row: Span, key: Span): number {
    const { table, arena } = this;
    const size = row.to - row.from;
    const record = table.add(key, size);
    const at = table.keyIndex(record) + key.to - key.from;
    copyBytes(row, arena.bytesOf(record), at);
    this.setWord(record, IMAGE, record);
    this.setWord(record, IMAGE_BYTES, size);
    return record;
  }

  /** What the row misses is not known here: it has everything, until a whole one has passed. */
  private fillRemote(remote: number, row: Span): boolean {
    const key: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
    this.readKey(remote, key);
    this.send?.(row, { key, link: this.linkOf(remote) });
    if (!isWhole(row)) return false;
    this.setFlags(remote, this.flags(remote) & ~INCOMPLETE);
    return true;
  }

  private word(record: number, word: number): number {
    const { arena } = this;
    return arena.wordsOf(record)[arena.wordIndex(record) + word] as number;
  }

  private setWord(record: number, word: number, value: number): void {
    const { arena } = this;
    arena.wordsOf(record)[arena.wordIndex(record) + word] = value;
  }

  private flags(record: number): number {
    return this.word(record, FLAGS);
  }

  private setFlags(record: number, flags: number): void {
    this.setWord(record, FLAGS, flags);
  }
}

const NOT_WHOLE = "a base row is not whole";
