import type { Shape } from "../core/shape.ts";
import { AvroWriter } from "../format/avro-writer.ts";
import {
  DELETE_BRANCH,
  INSERT_BRANCH,
  OLD_FULL,
} from "../format/change-codec.ts";
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
import type { MemoryBudget } from "./memory-budget.ts";
import { MultisetJoin } from "./multiset-join.ts";
import { MultisetSpill, SpilledMultisetJoin } from "./multiset-spill.ts";
import { RowCounts } from "./row-counts.ts";
import type { RowSink } from "./row-sink.ts";
import { RowFiller } from "./row-values.ts";
import type { SpillSpace } from "./spill-partitions.ts";
import type { TableChange, TableJoin } from "./table-change.ts";

/** The net change of a table whose whole row is its identity: a count per row, in which equal rows are one. */
export class MultisetChange implements TableChange {
  private readonly shape: Shape;
  private readonly counts: RowCounts;
  private readonly row: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  private readonly filler = new RowFiller(new AvroWriter(4096));
  private spilled: MultisetSpill | undefined;
  private seq = 0;

  constructor(shape: Shape, memory: { arena: Arena; budget: MemoryBudget }) {
    this.shape = shape;
    this.counts = new RowCounts(memory);
  }

  get isUntouched(): boolean {
    return this.counts.size === 0 && this.spilled === undefined;
  }

  get keys(): number {
    return this.counts.size;
  }

  get heldBytes(): number {
    return this.spilled === undefined ? this.counts.bytes : 0;
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
      this.count(-1);
    }
    if (kind === DELETE_BRANCH) return;
    const missing = this.read(scan, item + AFTER);
    if (missing !== 0) this.fillFromOld(scan, item);
    this.count(1);
  }

  truncate(seq: number): void {
    this.seq = seq;
    if (this.counts.expected > 0)
      throw this.damage(
        `${this.counts.expected} rows outlive the truncation of their table`,
      );
  }

  spill(space: SpillSpace): void {
    this.spilled ??= new MultisetSpill(space);
  }

  join(sink: RowSink): TableJoin {
    const { shape, counts, seq, spilled } = this;
    const of = { shape, counts, seq };
    return spilled === undefined
      ? new MultisetJoin(of, sink)
      : new SpilledMultisetJoin(of, spilled, sink);
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

  private count(by: 1 | -1): void {
    const { row, counts, spilled } = this;
    if (spilled === undefined || counts.holds(row)) counts.add(row, by);
    else spilled.write(row, by);
  }

  private damage(what: string): Error {
    return foldDamage({ shape: this.shape, seq: this.seq }, what);
  }
}
