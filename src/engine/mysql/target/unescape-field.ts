import { NEWLINE } from "../../../format/copy-text.ts";

const BACKSLASH = 92;

/** The bytes behind a backslash's letter. */
const UNESCAPED: Readonly<Record<string, number>> = {
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  "\\": BACKSLASH,
};

/** A field of COPY text that is not NULL, as the bytes that it stands for. */
export function unescapeField(field: Buffer): Buffer {
  if (!field.includes(BACKSLASH)) return field;
  const out = Buffer.allocUnsafe(field.length);
  let length = 0;
  for (let at = 0; at < field.length; at++) {
    const byte = field[at] as number;
    if (byte !== BACKSLASH) out[length++] = byte;
    else {
      const letter = String.fromCharCode(field[++at] ?? NEWLINE);
      const unescaped = UNESCAPED[letter];
      if (unescaped === undefined)
        throw new RangeError("an escape that COPY does not write");
      out[length++] = unescaped;
    }
  }
  return out.subarray(0, length);
}
