import type { Shape } from "../core/shape.ts";
import type { AvroWriter } from "./avro-writer.ts";
import { CopyLineReader } from "./copy-text.ts";
import type { Span } from "./span.ts";

/**
 * Finds a row's key bytes in a line of COPY text: the Avro values of the identifying columns, in column order, back to back.
 * They equal those of the same row in a change.
 */
export class CopyKeyReader {
  private readonly identifies: readonly boolean[];
  private readonly line = new CopyLineReader();

  constructor(columns: Shape["columns"]) {
    const flags = columns.map((column) => column.identifies);
    this.identifies = flags.slice(0, flags.lastIndexOf(true) + 1);
  }

  /** Appends the key. `line.to` is the place of the newline. Throws RangeError when the line has too few columns. */
  readKey(out: AvroWriter, line: Span): void {
    const { identifies, line: reader } = this;
    reader.reset(line);
    for (let n = 0; n < identifies.length; n++) {
      if (identifies[n] === true) reader.readValue(out);
      else reader.skipValue();
    }
  }
}
