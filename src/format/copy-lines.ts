import { NEWLINE } from "./copy-text.ts";
import type { Span } from "./span.ts";

/** Cuts chunks of COPY text, which may end anywhere, into lines. */
export class CopyLines {
  private readonly onLine: (line: Span) => void;
  private readonly line: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  private unfinished: Buffer[] = [];

  /**
   * `line` is good during the call; its bytes stay as long as the chunk does, which may be freed once it was pushed. `line.to`
   * is the place of the newline, which follows in `line.bytes`.
   */
  constructor(onLine: (line: Span) => void) {
    this.onLine = onLine;
  }

  push(chunk: Buffer): void {
    let from = 0;
    let newline = chunk.indexOf(NEWLINE);
    if (newline < 0) {
      if (chunk.length > 0) this.unfinished.push(Buffer.from(chunk));
      return;
    }
    if (this.unfinished.length > 0) {
      from = newline + 1;
      const bytes = Buffer.concat([
        ...this.unfinished,
        chunk.subarray(0, from),
      ]);
      this.unfinished = [];
      this.emit(bytes, { from: 0, to: bytes.length - 1 });
      newline = chunk.indexOf(NEWLINE, from);
    }
    const { line, onLine } = this;
    for (; newline >= 0; newline = chunk.indexOf(NEWLINE, from)) {
      line.bytes = chunk;
      line.from = from;
      line.to = newline;
      onLine(line);
      from = newline + 1;
    }
    if (from < chunk.length)
      this.unfinished.push(Buffer.from(chunk.subarray(from)));
  }

  /** Throws RangeError when the text ends inside a line. */
  finish(): void {
    if (this.unfinished.length > 0)
      throw new RangeError("the rows end inside a line");
  }

  private emit(bytes: Buffer, place: { from: number; to: number }): void {
    this.line.bytes = bytes;
    this.line.from = place.from;
    this.line.to = place.to;
    this.onLine(this.line);
  }
}
