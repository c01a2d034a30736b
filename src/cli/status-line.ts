import type { TextSink } from "./streams.ts";

const CLEAR = "\r\u001b[2K";

/**
 * The one writer of stderr. On a terminal it keeps a line at the bottom (the progress bar) below whatever else is written,
 * so that logs and bar never mix.
 */
export class StatusLine {
  readonly isTerminal: boolean;
  readonly #sink: TextSink;
  #shown = "";

  constructor(sink: TextSink) {
    this.#sink = sink;
    this.isTerminal = sink.isTTY === true;
  }

  get columns(): number {
    return this.#sink.columns ?? 80;
  }

  /** Writes text that ends in a line end. */
  write(text: string): void {
    this.#sink.write(
      this.#shown === "" ? text : `${CLEAR}${text}${this.#shown}`,
    );
  }

  /** Replaces the line at the bottom; empty takes it away. Nothing happens elsewhere than on a terminal. */
  show(line: string): void {
    if (!this.isTerminal || line === this.#shown) return;
    this.#sink.write(`${CLEAR}${line}`);
    this.#shown = line;
  }
}
