import { TidemarkError } from "../core/errors.ts";

/** The least that a fold is given: enough for any number of changes, whose rows are an eighth of it at most. */
export const LEAST_MEMORY_BYTES = 1024 * 1024;

/**
 * Of the memory, when it is not little: what all tables hold together as long as nothing was written down. The rest is for tables that
 * double, and for the blocks in which the largest is written down.
 */
const WHOLE_SHARE = 5 / 8;
const LITTLE_BYTES = 16 * 1024 * 1024;
/** What they hold once one of them was written down: its partitions will be folded beside the others. */
const HELD_SHARE = 3 / 8;
/** What they and the partition that is folded hold. The rest is for tables that double, and for blocks of files. */
const FOLDED_SHARE = 5 / 8;

/** Counts the bytes of the large buffers of a fold; everything else is small beside them. */
export class MemoryBudget {
  readonly limitBytes: number;
  readonly wholeBytes: number;
  readonly heldBytes: number;
  readonly foldedBytes: number;
  private taken = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
    const share = limitBytes < LITTLE_BYTES ? HELD_SHARE : WHOLE_SHARE;
    this.wholeBytes = Math.floor(limitBytes * share);
    this.heldBytes = Math.floor(limitBytes * HELD_SHARE);
    this.foldedBytes = Math.floor(limitBytes * FOLDED_SHARE);
  }

  get bytes(): number {
    return this.taken;
  }

  /** Throws MEMORY before the buffer is made. */
  take(bytes: number): void {
    if (this.taken + bytes > this.limitBytes) {
      throw new TidemarkError(
        "MEMORY",
        `the net change needs more than ${this.limitBytes} bytes`,
        {
          hint: "give --memory more, at least eight times the longest row, or restore fewer tables at once",
        },
      );
    }
    this.taken += bytes;
  }

  giveBack(bytes: number): void {
    this.taken -= bytes;
  }
}

/** The largest power of two that is not above `wanted`, from `least` to `most`. */
export function powerOfTwo(
  wanted: number,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  if (wanted <= least) return least;
  return Math.min(most, 2 ** Math.floor(Math.log2(wanted)));
}
