import type { Shape } from "../core/shape.ts";
import { AvroWriter } from "../format/avro-writer.ts";
import { CopyLineReader } from "../format/copy-text.ts";
import type { Span } from "../format/span.ts";
import { foldDamage } from "./fold-damage.ts";
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
  readonly takesTurns = false;
  readonly counts = { replaced: 0, removed: 0, added: 0 };
  private readonly of: CountedRows;
  private readonly sink: RowSink;
  private readonly reader = new CopyLineReader();
  private readonly rowBytes = new AvroWriter(4096);
  private readonly row: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  private left: number;

  constructor(of: CountedRows, sink: RowSink) {
    this.of = of;
    this.sink = sink;
    this.left = of.counts.size;
  }

  keeps(line: Span): boolean {
    if (!this.of.counts.settle(this.readRow(line))) return true;
    this.counts.removed += 1;
    return false;
  }

  /** Good until the next one. */
  readRow(line: Span): Span {
    const { reader, rowBytes: out, row } = this;
    const columns = this.of.shape.columns.length;
    out.clear();
    reader.reset(line);
    for (let n = columns; n > 0; n--) reader.readValue(out);
    if (columns > 0) reader.endLine();
    row.bytes = out.buffer;
    row.from = out.length - out.size;
    row.to = out.length;
    return row;
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
