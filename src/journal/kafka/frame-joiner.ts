import type { RecordHead } from "./record-head.ts";

/** What one append wrote: of its first record the head, of all of them the values. */
export interface Frame {
  readonly head: RecordHead;
  readonly body: Buffer;
}

/** Joins the records of a frame that was larger than the topic takes. */
export class FrameJoiner {
  private first: RecordHead | undefined;
  private pieces: Buffer[] = [];

  /** Undefined while there is more to come. Throws RangeError when the record does not follow the one before it. */
  add(head: RecordHead, value: Buffer): Frame | undefined {
    if (head.piece !== this.pieces.length || head.piece >= head.pieces)
      throw new RangeError(
        `piece ${head.piece} of ${head.pieces}, after ${this.pieces.length}`,
      );
    if (head.pieces === 1) return { head, body: value };
    this.first ??= head;
    if (this.first.kind !== head.kind || this.first.pieces !== head.pieces)
      throw new RangeError("a piece of something else");
    this.pieces.push(value);
    if (this.pieces.length < head.pieces) return undefined;
    const frame = { head: this.first, body: Buffer.concat(this.pieces) };
    this.drop();
    return frame;
  }

  /** What has not ended never will. */
  drop(): void {
    this.first = undefined;
    this.pieces = [];
  }
}
