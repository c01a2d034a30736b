import type { Change } from "../../src/core/change.ts";
import type { EncodedPart } from "../../src/core/journal-record.ts";
import { orderShape } from "../../test/support/journal-samples.ts";
import { sampleParts, sampleRow } from "../../test/support/sample-records.ts";

const PART_BYTES = 256 * 1024;
const ROW_BYTES = 110;

/** A transaction of that many bytes in inserted rows as a shop has them, no two alike, in parts as capture cuts them. */
export function partsOfOrders(size: {
  readonly seq: number;
  readonly bytes: number;
}): EncodedPart[] {
  const { seq, bytes } = size;
  const parts: Change[][] = [];
  const rows = Math.max(1, Math.floor(bytes / ROW_BYTES));
  const rowsPerPart = Math.floor(PART_BYTES / ROW_BYTES);
  for (let row = 0; row < rows; row += rowsPerPart) {
    const count = Math.min(rowsPerPart, rows - row);
    parts.push(
      Array.from({ length: count }, (_, i) => insertOf(seq * rows + row + i)),
    );
  }
  return sampleParts({ seq, shapes: [orderShape], parts });
}

function insertOf(id: number): Change {
  const mixed = Math.imul(id, 0x9e37_79b1) >>> 0;
  const note = `order of customer ${mixed % 99_991} for ${(mixed % 100_000) / 100} EUR, paid ${mixed.toString(16)}, sent to street ${id % 977}`;
  return { kind: "insert", ref: 0, after: sampleRow(`${id}`, note) };
}
