import type { Shape } from "../core/shape.ts";
import type { Span } from "../format/span.ts";
import { foldDamage } from "./fold-damage.ts";
import { RowOfLine } from "./line-keys.ts";
import type { RowCounts } from "./row-counts.ts";
import type { RowSink } from "./row-sink.ts";
import type { TableJoin } from "./table-change.ts";

export interface CountedRows {
  readonly shape: Shape;
  readonly counts: RowCounts;
  /** Of the oldest change, for errors. */
  readonly seq: number;
}

/** Base rows settle what the counts owe; what they have is added at the end. */
export class MultisetJoin implements TableJoin {
  readonly counts = { replaced: 0, removed: 0, added: 0 };
  private readonly of: CountedRows;
  private readonly sink: RowSink;
  private readonly rows: RowOfLine;
  private readonly row: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  private left: number;

  constructor(of: CountedRows, sink: RowSink) {
    this.of = of;
    this.sink = sink;
    this.rows = new RowOfLine(of.shape);
    this.left = of.counts.size;
  }

  keeps(line: Span): boolean {
    if (!this.of.counts.settle(this.rows.read(line))) return true;
    this.counts.removed += 1;
    return false;
  }

  endBase(): void {
    const { counts } = this.of;
    if (counts.expected > 0)
      throw foldDamage(
        this.of,
        `${counts.expected} rows that later changes refer to are not in the base`,
      );
  }

  writeRest(): boolean {
    while (this.left > 0) {
      let times = this.of.counts.countAt(--this.left, this.row);
      if (times <= 0) continue;
      this.counts.added += times;
      for (; times > 0; times--) this.sink.writeRow(this.row);
      if (this.sink.hasChunks) return true;
    }
    return false;
  }
}
