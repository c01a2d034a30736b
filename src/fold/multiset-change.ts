import type { Shape } from "../core/shape.ts";
import { AvroWriter } from "../format/avro-writer.ts";
import {
  DELETE_BRANCH,
  INSERT_BRANCH,
  OLD_FULL,
} from "../format/change-codec.ts";
import type { Span } from "../format/span.ts";
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
import { RowOfLine } from "./line-keys.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import { MultisetFold } from "./multiset-fold.ts";
import { MultisetJoin } from "./multiset-join.ts";
import { RowCounts } from "./row-counts.ts";
import type { RowSink } from "./row-sink.ts";
import { RowFiller } from "./row-values.ts";
import type { SpillSpace } from "./spill-space.ts";
import { SpilledJoin } from "./spilled-join.ts";
import { SpilledTable } from "./spilled-table.ts";
import type { TableChange, TableJoin } from "./table-change.ts";

/** The net change of a table whose whole row is its identity: a count per row, in which equal rows are one. */
export class MultisetChange implements TableChange {
  private readonly shape: Shape;
  private readonly budget: MemoryBudget;
  private counts: RowCounts;
  private readonly row: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  private readonly filler = new RowFiller(new AvroWriter(256));
  private spilled: SpilledTable | undefined;
  private seq = 0;

  constructor(shape: Shape, budget: MemoryBudget) {
    this.shape = shape;
    this.budget = budget;
    this.counts = new RowCounts(budget);
  }

  get isUntouched(): boolean {
    return this.counts.size === 0 && this.spilled === undefined;
  }

  get keys(): number {
    return this.counts.size + (this.spilled?.keys ?? 0);
  }

  get heldBytes(): number {
    return this.counts.bytes;
  }

  get isSpilled(): boolean {
    return this.spilled !== undefined;
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
      this.counts.add(this.row, -1);
    }
    if (kind === DELETE_BRANCH) return;
    const missing = this.read(scan, item + AFTER);
    if (missing !== 0) this.fillFromOld(scan, item);
    this.counts.add(this.row, 1);
  }

  /** What was spilled is looked at when it is folded. */
  truncate(seq: number): void {
    this.seq = seq;
    if (this.counts.expected > 0)
      throw this.damage(
        `${this.counts.expected} rows outlive the truncation of their table`,
      );
  }

  spill(space: SpillSpace): void {
    const { shape, budget, seq } = this;
    this.spilled ??= new SpilledTable(space);
    const fold = new MultisetFold({ shape, budget, seq }, this.counts);
    fold.writeAll(this.spilled.write);
    fold.release();
    this.spilled.rest();
    this.counts = new RowCounts(budget);
  }

  join(sink: RowSink): TableJoin {
    const { shape, budget, counts, seq, spilled } = this;
    if (spilled === undefined)
      return new MultisetJoin({ shape, counts, seq }, sink);
    this.spill(spilled.space);
    return new SpilledJoin(
      {
        ...{ shape, seq, spilled },
        keys: new RowOfLine(shape),
        newRows: () => new MultisetFold({ shape, budget, seq }),
      },
      sink,
    );
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

  private damage(what: string): Error {
    return foldDamage({ shape: this.shape, seq: this.seq }, what);
  }
}
