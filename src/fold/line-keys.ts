import type { Shape } from "../core/shape.ts";
import { AvroWriter } from "../format/avro-writer.ts";
import { CopyKeyReader } from "../format/copy-key.ts";
import { CopyLineReader } from "../format/copy-text.ts";
import type { Span } from "../format/span.ts";

/** By what a line of the base is found among changes; good until the next one. */
export interface LineKeys {
  read(line: Span): Span;
}

export class KeyOfLine implements LineKeys {
  private readonly reader: CopyKeyReader;
  private readonly out = new AvroWriter(256);
  private readonly key: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };

  constructor(shape: Shape) {
    this.reader = new CopyKeyReader(shape.columns);
  }

  read(line: Span): Span {
    const { out } = this;
    out.clear();
    this.reader.readKey(out, line);
    return viewOf(out, this.key);
  }
}

/** All of its values. */
export class RowOfLine implements LineKeys {
  private readonly columns: number;
  private readonly reader = new CopyLineReader();
  private readonly out = new AvroWriter(256);
  private readonly row: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };

  constructor(shape: Shape) {
    this.columns = shape.columns.length;
  }

  read(line: Span): Span {
    const { reader, out, columns } = this;
    out.clear();
    reader.reset(line);
    for (let n = columns; n > 0; n--) reader.readValue(out);
    if (columns > 0) reader.endLine();
    return viewOf(out, this.row);
  }
}

function viewOf(out: AvroWriter, span: Span): Span {
  span.bytes = out.buffer;
  span.from = out.length - out.size;
  span.to = out.length;
  return span;
}
