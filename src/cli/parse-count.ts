import { TidemarkError } from "../core/errors.ts";

/** A whole number above 0. Throws USAGE. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count > 0)
    return count;
  throw new TidemarkError("USAGE", `"${text}" is not a whole number above 0`);
}
