import { NEWLINE, TAB } from "./copy-text.ts";

/**
 * Rows of COPY text without some of their fields; chunks may end anywhere. `isLeftOut` has an entry for each field of a row.
 * Throws RangeError when a row has another number of fields.
 */
export async function* copyWithoutFields(
  rows: AsyncIterable<Uint8Array>,
  isLeftOut: readonly boolean[],
): AsyncGenerator<Buffer> {
  const firstKept = isLeftOut.indexOf(false);
  let field = 0;
  for await (const chunk of rows) {
    const out = Buffer.allocUnsafe(chunk.length);
    let to = 0;
    for (const byte of chunk) {
      if (byte === NEWLINE) {
        if (field !== isLeftOut.length - 1)
          throw new RangeError("a row has too few columns");
        field = 0;
        out[to++] = NEWLINE;
      } else if (byte === TAB) {
        if (++field === isLeftOut.length)
          throw new RangeError("a row has too many columns");
        // Between two fields that stay: before each of them but the first.
        if (!isLeftOut[field] && field > firstKept) out[to++] = TAB;
      } else if (!isLeftOut[field]) {
        out[to++] = byte;
      }
    }
    if (to > 0) yield out.subarray(0, to);
  }
}
