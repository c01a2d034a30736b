import type { Shape } from "../core/shape.ts";
import type { Span } from "../format/span.ts";
import { foldDamage } from "./fold-damage.ts";
import type { BaseRow, KeyedRows } from "./keyed-rows.ts";
import { KeyOfLine, RowOfLine } from "./line-keys.ts";
import type { RowSink } from "./row-sink.ts";
import type { TableJoin } from "./table-change.ts";

/**
 * A row of the base that changes know is replaced in its place where its key still has a row, which keeps the table's
 * physical order; other rows follow at the end, oldest first. A row that the base makes whole goes out at once, so that no
 * memory is needed for it.
 */
export class KeyedJoin implements TableJoin, BaseRow {
  readonly counts = { replaced: 0, removed: 0, added: 0 };
  private readonly shape: Shape;
  private readonly rows: KeyedRows;
  private readonly sink: RowSink;
  private readonly keys: KeyOfLine;
  private readonly wholeRows: RowOfLine;
  private line: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  private left: number;

  constructor(shape: Shape, rows: KeyedRows, sink: RowSink) {
    this.shape = shape;
    this.rows = rows;
    this.sink = sink;
    this.keys = new KeyOfLine(shape);
    this.wholeRows = new RowOfLine(shape);
    this.left = rows.size;
  }

  keeps(line: Span): boolean {
    this.line = line;
    const record = this.rows.find(this.keys.read(line));
    if (record === 0) return true;
    this.meet(record);
    return false;
  }

  whole(): Span {
    return this.wholeRows.read(this.line);
  }

  endBase(): void {
    const { shape, rows } = this;
    if (rows.expected > 0)
      throw foldDamage(
        { shape, seq: rows.seq },
        `${rows.expected} rows that later changes refer to are not in the base`,
      );
  }

  writeRest(): boolean {
    while (this.left > 0) {
      const image = this.rows.takeImage(this.rows.recordAt(--this.left));
      if (image === undefined) continue;
      this.sink.writeRow(image);
      this.counts.added += 1;
      if (this.sink.hasChunks) return true;
    }
    return false;
  }

  private meet(record: number): void {
    const { rows, sink, counts } = this;
    const filled = rows.meetBase(record, this);
    if (filled !== 0) sink.writeRow(rows.filled);
    if (filled !== 0 && filled !== record) counts.added += 1;
    const image = rows.takeImage(record);
    if (image !== undefined) sink.writeRow(image);
    if (filled === record || image !== undefined) counts.replaced += 1;
    else counts.removed += 1;
  }
}
