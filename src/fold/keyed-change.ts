import type { Shape } from "../core/shape.ts";
import { AvroWriter } from "../format/avro-writer.ts";
import {
  DELETE_BRANCH,
  INSERT_BRANCH,
  OLD_NONE,
} from "../format/change-codec.ts";
import type { Span } from "../format/span.ts";
import {
  AFTER,
  HAS_ABSENT,
  HAS_UNCHANGED,
  KEY_MISSING,
  KIND,
  OLD,
  OLD_KIND,
  ROW_FROM,
  ROW_KEY_FROM,
  ROW_KEY_TO,
  ROW_MISSING,
  ROW_TO,
  type ChangeScanner,
} from "./change-scanner.ts";
import { foldDamage } from "./fold-damage.ts";
import { KeyedFold, type Links } from "./keyed-fold.ts";
import { KeyedJoin } from "./keyed-join.ts";
import { KeyedRows, PARTIAL, STAYS } from "./keyed-rows.ts";
import { KeyOfLine } from "./line-keys.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import { rowLayout, type RowLayout } from "./row-layout.ts";
import { RowFiller, gatherKey } from "./row-values.ts";
import type { RowSink } from "./row-sink.ts";
import type { SpillSpace } from "./spill-space.ts";
import { SpilledJoin } from "./spilled-join.ts";
import { SpilledTable } from "./spilled-table.ts";
import type { TableChange, TableJoin } from "./table-change.ts";

/**
 * The net change of a table with a key. Changes come newest-first, so the first image seen of a key is its last. Every change
 * says two things: what stood at a key after it, which must agree with the newer changes, and what stood there before it.
 * A key change is a link: what is still missing of the row at its new key is looked for at its old key from there on.
 */
export class KeyedChange implements TableChange {
  private readonly shape: Shape;
  private readonly layout: RowLayout;
  private readonly budget: MemoryBudget;
  private rows: KeyedRows;
  private readonly row: Span = span();
  private readonly key: Span = span();
  private readonly oldRow: Span = span();
  private readonly oldKey: Span = span();
  private readonly keyBytes = new AvroWriter(256);
  private readonly oldKeyBytes = new AvroWriter(256);
  private readonly merged = new RowFiller(new AvroWriter(256));
  private readonly links: Links = { last: 0 };
  private spilled: SpilledTable | undefined;
  private seq = 0;

  constructor(shape: Shape, budget: MemoryBudget) {
    this.shape = shape;
    this.layout = rowLayout(shape);
    this.budget = budget;
    this.rows = new KeyedRows(shape, budget);
  }

  get isUntouched(): boolean {
    return this.rows.size === 0 && this.spilled === undefined;
  }

  get keys(): number {
    return this.rows.size + (this.spilled?.keys ?? 0);
  }

  apply(scan: ChangeScanner, item: number, seq: number): void {
    this.seq = seq;
    this.rows.seq = seq;
    const kind = scan.fields[item + KIND];
    if (kind === DELETE_BRANCH) {
      this.readOld(scan, item);
      this.rows.leave(this.oldKey, 0);
      return;
    }
    const partial = this.readAfter(scan, item) ? PARTIAL : 0;
    if (kind === INSERT_BRANCH) {
      if (partial !== 0) throw this.damage("an inserted row is not whole");
      this.rows.arrive(this.row, this.key, 0);
      return;
    }
    if (scan.fields[item + OLD_KIND] === OLD_NONE) {
      this.rows.arrive(this.row, this.key, STAYS | partial);
      return;
    }
    this.readOld(scan, item);
    const { rows, row, key, oldKey } = this;
    if (sameBytes(oldKey, key)) rows.arrive(row, key, STAYS | partial);
    else rows.leave(oldKey, rows.arrive(row, key, partial));
  }

  /** What was spilled is looked at when it is folded. */
  truncate(seq: number): void {
    this.seq = seq;
    if (this.rows.expected > 0)
      throw this.damage(
        `${this.rows.expected} rows outlive the truncation of their table`,
      );
  }

  get heldBytes(): number {
    return this.rows.bytes;
  }

  get isSpilled(): boolean {
    return this.spilled !== undefined;
  }

  spill(space: SpillSpace): void {
    const { shape, budget, links, seq } = this;
    this.spilled ??= new SpilledTable(space);
    const { spilled } = this;
    const send = spilled.write;
    const fold = new KeyedFold({ shape, budget, links, seq, send }, this.rows);
    fold.writeAll(send);
    fold.release();
    spilled.rest();
    this.rows = new KeyedRows(shape, budget);
  }

  join(sink: RowSink): TableJoin {
    const { shape, budget, links, seq, spilled } = this;
    if (spilled === undefined) return new KeyedJoin(shape, this.rows, sink);
    this.spill(spilled.space);
    return new SpilledJoin(
      {
        ...{ shape, seq, spilled },
        keys: new KeyOfLine(shape),
        newRows: (send) => new KeyedFold({ shape, budget, links, seq, send }),
      },
      sink,
    );
  }

  /** Sets `row` and `key`; true: columns are unchanged, to be filled by something older. */
  private readAfter(scan: ChangeScanner, item: number): boolean {
    const { fields } = scan;
    const { row, key } = this;
    const at = item + AFTER;
    row.bytes = scan.bytes;
    row.from = fields[at + ROW_FROM] as number;
    row.to = fields[at + ROW_TO] as number;
    const missing = fields[at + ROW_MISSING] as number;
    if (missing !== 0) return this.readPartialAfter(scan, item);
    if (this.layout.contiguous) {
      key.bytes = scan.bytes;
      key.from = fields[at + ROW_KEY_FROM] as number;
      key.to = fields[at + ROW_KEY_TO] as number;
    } else {
      this.gather(row, { key, out: this.keyBytes });
    }
    return false;
  }

  /** An old row that came with it has some of the unchanged values: a key that is stored out of line among them. */
  private readPartialAfter(scan: ChangeScanner, item: number): boolean {
    const { fields } = scan;
    const missing = fields[item + AFTER + ROW_MISSING] as number;
    if ((missing & HAS_ABSENT) !== 0)
      throw this.damage("columns of a new row are absent");
    let complete = false;
    if (
      fields[item + KIND] !== INSERT_BRANCH &&
      fields[item + OLD_KIND] !== OLD_NONE
    ) {
      const { oldRow, merged, row } = this;
      oldRow.bytes = scan.bytes;
      oldRow.from = fields[item + OLD + ROW_FROM] as number;
      oldRow.to = fields[item + OLD + ROW_TO] as number;
      merged.fill(row, oldRow);
      if (merged.changed) Object.assign(row, merged.row);
      complete = merged.complete;
    }
    this.gather(this.row, { key: this.key, out: this.keyBytes });
    return !complete && (missing & HAS_UNCHANGED) !== 0;
  }

  private readOld(scan: ChangeScanner, item: number): void {
    const { fields } = scan;
    const at = item + OLD;
    if (fields[item + OLD_KIND] === OLD_NONE)
      throw this.damage("a delete does not say which row");
    if (this.layout.contiguous) {
      if (((fields[at + ROW_MISSING] as number) & KEY_MISSING) !== 0)
        throw this.damage("a key is not whole");
      this.oldKey.bytes = scan.bytes;
      this.oldKey.from = fields[at + ROW_KEY_FROM] as number;
      this.oldKey.to = fields[at + ROW_KEY_TO] as number;
      return;
    }
    this.oldRow.bytes = scan.bytes;
    this.oldRow.from = fields[at + ROW_FROM] as number;
    this.oldRow.to = fields[at + ROW_TO] as number;
    this.gather(this.oldRow, { key: this.oldKey, out: this.oldKeyBytes });
  }

  private gather(row: Span, into: { key: Span; out: AvroWriter }): void {
    if (!gatherKey(row, this.layout, into.out))
      throw this.damage("a key is not whole");
    into.key.bytes = into.out.buffer;
    into.key.from = into.out.length - into.out.size;
    into.key.to = into.out.length;
  }

  private damage(what: string): Error {
    return foldDamage({ shape: this.shape, seq: this.seq }, what);
  }
}

function span(): Span {
  return { bytes: Buffer.alloc(0), from: 0, to: 0 };
}

function sameBytes(a: Span, b: Span): boolean {
  const size = a.to - a.from;
  if (size !== b.to - b.from) return false;
  for (let n = 0; n < size; n++)
    if (a.bytes[a.from + n] !== b.bytes[b.from + n]) return false;
  return true;
}
