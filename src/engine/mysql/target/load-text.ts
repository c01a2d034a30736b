const BACKSLASH = 92;
const LETTER_F = 102;
const LETTER_V = 118;
const FORM_FEED = 12;
const VERTICAL_TAB = 11;

/**
 * COPY text as LOAD DATA reads it with its default escapes: of those that COPY writes it does not know \f and \v, which become the bytes
 * themselves. Chunks may end anywhere; they are not changed.
 */
export async function* forLoadData(
  rows: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  /** A backslash at the end of the last chunk, whose letter is the first byte of this one. */
  let isOpen = false;
  for await (const chunk of rows) {
    if (chunk.length === 0) continue;
    if (!isOpen && chunk.indexOf(BACKSLASH) === -1) {
      yield chunk;
      continue;
    }
    const out = Buffer.allocUnsafe(chunk.length + 1);
    const end = unescape(chunk, { out, isOpen });
    isOpen = end.isOpen;
    if (end.length > 0) yield out.subarray(0, end.length);
  }
  if (isOpen) yield Buffer.of(BACKSLASH);
}

function unescape(
  chunk: Uint8Array,
  to: { readonly out: Buffer; readonly isOpen: boolean },
): { readonly length: number; readonly isOpen: boolean } {
  const { out } = to;
  let { isOpen } = to;
  let length = 0;
  let from = 0;
  while (from < chunk.length) {
    if (isOpen) {
      const letter = chunk[from++] as number;
      const byte = UNKNOWN_TO_LOAD.get(letter);
      if (byte === undefined) out[length++] = BACKSLASH;
      out[length++] = byte ?? letter;
      isOpen = false;
    }
    const next = chunk.indexOf(BACKSLASH, from);
    const end = next === -1 ? chunk.length : next;
    out.set(chunk.subarray(from, end), length);
    length += end - from;
    from = end;
    if (next !== -1) {
      isOpen = true;
      from++;
    }
  }
  return { length, isOpen };
}

const UNKNOWN_TO_LOAD: ReadonlyMap<number, number> = new Map([
  [LETTER_F, FORM_FEED],
  [LETTER_V, VERTICAL_TAB],
]);
