import { isAscii, isUtf8 } from "node:buffer";

/** cp1252, which MySQL's latin1 is, from 0x80 to 0x9f; its five holes are the control characters of those numbers. */
const LATIN1_80 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/** The text of a value in MySQL's character set of that name; undefined: not read here. Throws RangeError on bytes that are no text of it. */
export const CHARSET_DECODERS: Readonly<
  Record<string, ((bytes: Buffer) => string) | undefined>
> = {
  utf8mb4: utf8,
  utf8mb3: utf8,
  ascii: (bytes) => {
    if (!isAscii(bytes)) throw new RangeError("a text that is not ASCII");
    return bytes.toString("latin1");
  },
  latin1: (bytes) =>
    bytes
      .toString("latin1")
      .replaceAll(
        /[\x80-\x9f]/g,
        (control) => LATIN1_80[control.charCodeAt(0) - 0x80] as string,
      ),
  ucs2: utf16,
  utf16,
  utf16le: (bytes) => wellFormed(bytes.toString("utf16le"), bytes.length % 2),
  utf32: (bytes) => {
    if (bytes.length % 4 !== 0) throw malformed();
    let text = "";
    for (let at = 0; at < bytes.length; at += 4)
      text += String.fromCodePoint(bytes.readUInt32BE(at));
    return wellFormed(text, 0);
  },
};

function utf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new RangeError("a text that is not UTF-8");
  return bytes.toString("utf8");
}

function utf16(bytes: Buffer): string {
  if (bytes.length % 2 !== 0) throw malformed();
  return wellFormed(Buffer.from(bytes).swap16().toString("utf16le"), 0);
}

function wellFormed(text: string, rest: number): string {
  if (rest !== 0 || !text.isWellFormed()) throw malformed();
  return text;
}

function malformed(): RangeError {
  return new RangeError("a text that is not of its character set");
}
