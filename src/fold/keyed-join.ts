import type { Shape } from "../core/shape.ts";
import { AvroWriter } from "../format/avro-writer.ts";
import { CopyKeyReader } from "../format/copy-key.ts";
import { CopyLineReader } from "../format/copy-text.ts";
import type { Span } from "../format/span.ts";
import { foldDamage } from "./fold-damage.ts";
import type { BaseRow, KeyedRows } from "./keyed-rows.ts";
import type { RowSink } from "./row-sink.ts";
import type { TableJoin } from "./table-change.ts";

/**
 * A row of the base that changes know is replaced in its place where its key still has a row, which keeps the table's
 * physical order; other rows follow at the end, oldest first.
 */
export class KeyedJoin implements TableJoin, BaseRow {
  readonly takesTurns = false;
  readonly counts = { replaced: 0, removed: 0, added: 0 };
  private readonly shape: Shape;
  private readonly rows: KeyedRows;
  private readonly sink: RowSink;
  private readonly keyReader: CopyKeyReader;
  private readonly lineReader = new CopyLineReader();
  private readonly keyBytes = new AvroWriter(256);
  private readonly rowBytes = new AvroWriter(4096);
  private readonly key: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  private line: Span = this.key;
  private left: number;

  constructor(shape: Shape, rows: KeyedRows, sink: RowSink) {
    this.shape = shape;
    this.rows = rows;
    this.sink = sink;
    this.keyReader = new CopyKeyReader(shape.columns);
    this.left = rows.size;
  }

  keeps(line: Span): boolean {
    const record = this.rows.find(this.readKey(line));
    return record === 0 ? true : this.meet(record);
  }

  /** Good until the next one. `whole` and `meet` are about this line. */
  readKey(line: Span): Span {
    const { key, keyBytes } = this;
    this.line = line;
    keyBytes.clear();
    this.keyReader.readKey(keyBytes, line);
    key.bytes = keyBytes.buffer;
    key.from = keyBytes.length - keyBytes.size;
    key.to = keyBytes.length;
    return key;
  }

  /** The line's key is known: false. */
  meet(record: number): boolean {
    const { rows } = this;
    rows.meetBase(record, this);
    const image = rows.takeImage(record);
    if (image === undefined) {
      this.counts.removed += 1;
    } else {
      this.sink.writeRow(image);
      this.counts.replaced += 1;
    }
    return false;
  }

  whole(): Span {
    const { lineReader, rowBytes: out } = this;
    out.clear();
    lineReader.reset(this.line);
    for (let n = this.shape.columns.length; n > 0; n--)
      lineReader.readValue(out);
    lineReader.endLine();
    return {
      bytes: out.buffer,
      from: out.length - out.size,
      to: out.length,
    };
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
}
