import { TidemarkError } from "../core/errors.ts";

/** Counts the bytes of the large buffers of a fold; everything else is small beside them. */
export class MemoryBudget {
  readonly limitBytes: number;
  private taken = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
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
          hint: "give --memory more, restore fewer tables at once, or restore from a newer base",
        },
      );
    }
    this.taken += bytes;
  }

  giveBack(bytes: number): void {
    this.taken -= bytes;
  }
}
