import { charsetOf } from "./charsets.ts";

/*
 * The labels of ENUM and SET: the binlog has their bytes in the column's character set, information_schema their text through utf8mb3. Both must
 * name the same shape, so a label is what both can tell: a character beyond the first 65536 is "?", as information_schema has it, and of a character
 * set that is not read here a label with more than ASCII in it is "?" altogether. Rows have numbers; no value depends on this.
 */
const UNKNOWN = "?";
const BEYOND_BMP = /[\u{10000}-\u{10ffff}]/gu;
const ASCII = /^[\0-\x7f]*$/;

/** cp1252, which MySQL's latin1 is, from 0x80 to 0x9f; the holes are control characters. */
const LATIN1_80 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/** A label of a TABLE_MAP. */
export function decodeLabel(bytes: Buffer, collation: number): string {
  const charset = charsetOf(collation)?.name;
  const decode = charset === undefined ? undefined : DECODERS[charset];
  if (decode !== undefined)
    return decode(bytes).replaceAll(BEYOND_BMP, UNKNOWN);
  return charset !== "swe7" && bytes.every((byte) => byte < 0x80)
    ? bytes.toString("latin1")
    : UNKNOWN;
}

/** The same label out of information_schema. */
export function labelOfText(text: string, collation: number): string {
  const charset = charsetOf(collation)?.name;
  if (charset !== undefined && DECODERS[charset] !== undefined) return text;
  return charset !== "swe7" && ASCII.test(text) ? text : UNKNOWN;
}

const DECODERS: Readonly<
  Record<string, ((bytes: Buffer) => string) | undefined>
> = {
  utf8mb4: (bytes) => bytes.toString("utf8"),
  utf8mb3: (bytes) => bytes.toString("utf8"),
  ascii: (bytes) => bytes.toString("latin1"),
  latin1: (bytes) =>
    bytes
      .toString("latin1")
      .replaceAll(
        /[\x80-\x9f]/g,
        (control) => LATIN1_80[control.charCodeAt(0) - 0x80] as string,
      ),
  ucs2: utf16,
  utf16,
  utf16le: (bytes) => bytes.toString("utf16le"),
  utf32: (bytes) => {
    let text = "";
    for (let at = 0; at + 4 <= bytes.length; at += 4)
      text += String.fromCodePoint(bytes.readUInt32BE(at));
    return text;
  },
};

function utf16(bytes: Buffer): string {
  return Buffer.from(bytes).swap16().toString("utf16le");
}
