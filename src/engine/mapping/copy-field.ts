const BACKSLASH = 92;

/** The letter after the backslash, by byte; 0: the byte stands for itself. */
const LETTERS = new Uint8Array(256);
/** The byte, by the letter after the backslash; 0: COPY does not write it. */
const BYTES = new Uint8Array(256);
for (const [byte, character] of [
  [8, "b"],
  [9, "t"],
  [10, "n"],
  [11, "v"],
  [12, "f"],
  [13, "r"],
  [BACKSLASH, "\\"],
] as const) {
  const letter = character.charCodeAt(0);
  LETTERS[byte] = letter;
  BYTES[letter] = byte;
}

/** The value of a field that is not null: the field itself where nothing is escaped. Throws RangeError. */
export function unescapeField(field: Buffer): Buffer {
  let at = field.indexOf(BACKSLASH);
  if (at === -1) return field;
  const out = Buffer.allocUnsafe(field.length);
  field.copy(out, 0, 0, at);
  let length = at;
  while (at < field.length) {
    let byte = field[at++] as number;
    if (byte === BACKSLASH) {
      byte = BYTES[field[at++] ?? 0] as number;
      if (byte === 0)
        throw new RangeError("an escape that COPY does not write");
    }
    out[length++] = byte;
  }
  return out.subarray(0, length);
}

export function escapedSize(value: Buffer): number {
  let size = value.length;
  for (const byte of value) if (LETTERS[byte] !== 0) size++;
  return size;
}

/** Returns the place behind what was written. There must be room for `escapedSize`. */
export function writeEscaped(value: Buffer, out: Buffer, from: number): number {
  let at = from;
  for (const byte of value) {
    const letter = LETTERS[byte] as number;
    if (letter === 0) {
      out[at++] = byte;
    } else {
      out[at++] = BACKSLASH;
      out[at++] = letter;
    }
  }
  return at;
}
