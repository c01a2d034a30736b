import { TidemarkError } from "./errors.ts";

/**
 * Where a transaction ends in its source, and what capture resumes from. Tagged by engine family; adding an engine adds a
 * member here, and every `switch` over `kind` stops compiling until it is handled.
 */
export type Position = { readonly kind: "lsn"; readonly lsn: bigint };

const LSN = /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/i;

export function lsnPosition(lsn: bigint): Position {
  return { kind: "lsn", lsn };
}

/** Postgres' own spelling, `X/X` in upper-case hexadecimal without leading zeros. */
export function formatPosition(position: Position): string {
  switch (position.kind) {
    case "lsn":
      return formatLsn(position.lsn);
  }
}

export function parsePosition(text: string): Position {
  if (!LSN.test(text)) {
    throw new TidemarkError("USAGE", `"${text}" is not a position`, {
      hint: "a Postgres position looks like 0/16B3748",
    });
  }
  return lsnPosition(readLsn(text));
}

export function formatLsn(lsn: bigint): string {
  const high = (lsn >> 32n).toString(16).toUpperCase();
  const low = (lsn & 0xffff_ffffn).toString(16).toUpperCase();
  return `${high}/${low}`;
}

/** The server's `X/X`; throws a RangeError on anything else. */
export function parseLsn(text: string): bigint {
  if (!LSN.test(text)) throw new RangeError(`not an LSN: ${text}`);
  return readLsn(text);
}

function readLsn(text: string): bigint {
  const slash = text.indexOf("/");
  const high = parseInt(text.slice(0, slash), 16);
  const low = parseInt(text.slice(slash + 1), 16);
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Whether everything that ends at `a` has happened once `b` is reached. Positions of one source only. */
export function isAtOrBefore(a: Position, b: Position): boolean {
  return a.lsn <= b.lsn;
}

/** How much log lies between two positions of one source, in bytes; negative when `to` lies before `from`. */
export function logBytesBetween(from: Position, to: Position): number {
  return Number(to.lsn - from.lsn);
}

export function isSamePosition(a: Position, b: Position): boolean {
  return a.lsn === b.lsn;
}
