import { TidemarkError } from "../core/errors.ts";
import type { ByteRange } from "./object-store.ts";

/** The bytes to read of an object: all of them without a range. Throws INTERNAL for one that is none. */
export function boundsOf(range: ByteRange | undefined): ByteRange {
  const { from, to } = range ?? { from: 0, to: Infinity };
  if (from >= 0 && to >= from) return { from, to };
  throw new TidemarkError("INTERNAL", `${from}…${to} is not a range of bytes`);
}
