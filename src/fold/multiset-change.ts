import type { Shape } from "../core/shape.ts";
import { AvroWriter } from "../format/avro-writer.ts";
import {
  DELETE_BRANCH,
  INSERT_BRANCH,
  OLD_FULL,
} from "../format/change-codec.ts";
import { CopyLineReader } from "../format/copy-text.ts";
import type { Span } from "../format/span.ts";
import type { Arena } from "./arena.ts";
import {
  AFTER,
  HAS_ABSENT,
  KIND,
  OLD,
  OLD_KIND,
  ROW_FROM,
  ROW_MISSING,
  ROW_TO,
  type ChangeScanner,
} from "./change-scanner.ts";
import { foldDamage } from "./fold-damage.ts";
import { KEY_BYTES, KeyTable } from "./key-table.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { RowSink } from "./row-sink.ts";
import { RowFiller } from "./row-values.ts";
import type { TableChange, TableJoin } from "./table-change.ts";

/** Word of a record: how often the row was added, less how often it was taken away. */
const COUNT = 1;

/** The net change of a table whose whole row is its identity: a count per row, in which equal rows are one. */
export class MultisetChange implements TableChange {
  private readonly shape: Shape;
  private readonly arena: Arena;
  private readonly table: KeyTable;
  private readonly row: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  private readonly filler = new RowFiller(new AvroWriter(4096));
  /** Rows that must be found in something older. */
  expected = 0;
  seq = 0;

  constructor(shape: Shape, memory: { arena: Arena; budget: MemoryBudget }) {
    this.shape = shape;
    this.arena = memory.arena;
    this.table = new KeyTable(memory.arena, memory.budget);
  }

  get isUntouched(): boolean {
    return this.table.size === 0;
  }

  get keys(): number {
    return this.table.size;
  }

  apply(scan: ChangeScanner, item: number, seq: number): void {
    this.seq = seq;
    const { fields } = scan;
    const kind = fields[item + KIND];
    if (kind !== INSERT_BRANCH) {
      if (fields[item + OLD_KIND] !== OLD_FULL)
        throw this.damage("a change does not have its whole old row");
      if (this.read(scan, item + OLD) !== 0)
        throw this.damage("an old row is not whole");
      this.count(this.row, -1);
    }
    if (kind === DELETE_BRANCH) return;
    const missing = this.read(scan, item + AFTER);
    if (missing !== 0) this.fillFromOld(scan, item);
    this.count(this.row, 1);
  }

  truncate(seq: number): void {
    this.seq = seq;
    if (this.expected > 0)
      throw this.damage(
        `${this.expected} rows outlive the truncation of their table`,
      );
  }

  join(sink: RowSink): TableJoin {
    return new MultisetJoin(this.shape, this, sink);
  }

  /** True: one fewer of this row is missing. */
  takeFromBase(row: Span): boolean {
    const record = this.table.find(row);
    if (record === 0 || this.countOf(record) >= 0) return false;
    this.addTo(record, 1);
    return true;
  }

  /** How many of the n-th row are to be added, and that row. */
  addedAt(n: number, row: Span): number {
    const { arena, table } = this;
    const record = table.addressAt(n);
    row.bytes = arena.bytesOf(record);
    row.from = table.keyIndex(record);
    row.to =
      row.from +
      (arena.wordsOf(record)[arena.wordIndex(record) + KEY_BYTES] as number);
    return this.countOf(record);
  }

  private read(scan: ChangeScanner, at: number): number {
    this.row.bytes = scan.bytes;
    this.row.from = scan.fields[at + ROW_FROM] as number;
    this.row.to = scan.fields[at + ROW_TO] as number;
    return scan.fields[at + ROW_MISSING] as number;
  }

  /** What an update left unchanged is in its old row. */
  private fillFromOld(scan: ChangeScanner, item: number): void {
    const { fields } = scan;
    const missing = fields[item + AFTER + ROW_MISSING] as number;
    if ((missing & HAS_ABSENT) !== 0 || fields[item + KIND] === INSERT_BRANCH)
      throw this.damage("a new row is not whole");
    this.filler.fill(this.row, {
      bytes: scan.bytes,
      from: fields[item + OLD + ROW_FROM] as number,
      to: fields[item + OLD + ROW_TO] as number,
    });
    Object.assign(this.row, this.filler.row);
  }

  private count(row: Span, by: 1 | -1): void {
    let record = this.table.find(row);
    if (record === 0) record = this.table.add(row, 0);
    this.addTo(record, by);
  }

  private addTo(record: number, by: 1 | -1): void {
    const { arena } = this;
    const before = this.countOf(record);
    const after = before + by;
    arena.wordsOf(record)[arena.wordIndex(record) + COUNT] = after;
    this.expected += Math.max(0, -after) - Math.max(0, -before);
  }

  private countOf(record: number): number {
    const { arena } = this;
    return arena.wordsOf(record)[arena.wordIndex(record) + COUNT] as number;
  }

  private damage(what: string): Error {
    return foldDamage({ shape: this.shape, seq: this.seq }, what);
  }
}

class MultisetJoin implements TableJoin {
  readonly counts = { replaced: 0, removed: 0, added: 0 };
  private readonly shape: Shape;
  private readonly change: MultisetChange;
  private readonly sink: RowSink;
  private readonly reader = new CopyLineReader();
  private readonly rowBytes = new AvroWriter(4096);
  private readonly row: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  private left: number;

  constructor(shape: Shape, change: MultisetChange, sink: RowSink) {
    this.shape = shape;
    this.change = change;
    this.sink = sink;
    this.left = change.keys;
  }

  keeps(line: Span): boolean {
    const { reader, rowBytes: out, row } = this;
    out.clear();
    reader.reset(line);
    for (let n = this.shape.columns.length; n > 0; n--) reader.readValue(out);
    if (this.shape.columns.length > 0) reader.endLine();
    row.bytes = out.buffer;
    row.from = out.length - out.size;
    row.to = out.length;
    if (!this.change.takeFromBase(row)) return true;
    this.counts.removed += 1;
    return false;
  }

  endBase(): void {
    const { shape, change } = this;
    if (change.expected > 0)
      throw foldDamage(
        { shape, seq: change.seq },
        `${change.expected} rows that later changes refer to are not in the base`,
      );
  }

  writeRest(): boolean {
    while (this.left > 0) {
      let times = this.change.addedAt(--this.left, this.row);
      if (times <= 0) continue;
      this.counts.added += times;
      for (; times > 0; times--) this.sink.writeRow(this.row);
      if (this.sink.hasChunks) return true;
    }
    return false;
  }
}
