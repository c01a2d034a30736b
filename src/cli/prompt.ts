import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { TidemarkError } from "../core/errors.ts";
import type { StatusLine } from "./status-line.ts";

/** Questions to a person. */
export interface Prompt {
  /** Whether there is a person to ask. */
  readonly interactive: boolean;
  /** The answer, trimmed; `fallback` for an empty one. Throws USAGE when nobody can answer. */
  ask(
    question: { readonly text: string; readonly fallback?: string },
    signal: AbortSignal,
  ): Promise<string>;
  /**
   * Returns when the word was typed, or at once with `yes`. Throws CANCELLED for another answer, USAGE when nobody
   * can answer: nothing destructive happens by default.
   */
  confirm(
    what: {
      readonly text: string;
      readonly word: string;
      readonly yes: boolean;
    },
    signal: AbortSignal,
  ): Promise<void>;
}

export function createPrompt(from: {
  /** Opened only when there is a question. */
  readonly stdin: () => NodeJS.ReadStream;
  readonly status: StatusLine;
  readonly json: boolean;
}): Prompt {
  const isInteractive = () =>
    !from.json && from.status.isTerminal && from.stdin().isTTY;
  const question = async (text: string, signal: AbortSignal) => {
    // Questions go to stderr: stdout is the answer of the command.
    using lines = createInterface({
      input: from.stdin(),
      output: stderrOf(from.status),
      terminal: false,
    });
    // An end of input (^D) is no answer, and must not leave the question waiting for ever.
    const closed = new AbortController();
    lines.once("close", () => closed.abort());
    const either = AbortSignal.any([signal, closed.signal]);
    try {
      return (await lines.question(text, { signal: either })).trim();
    } catch (error) {
      signal.throwIfAborted();
      if (closed.signal.aborted) throw unanswered();
      throw error;
    }
  };
  return {
    get interactive() {
      return isInteractive();
    },
    ask: async ({ text, fallback }, signal) => {
      if (!isInteractive()) {
        throw new TidemarkError("USAGE", `nobody can be asked: ${text}`, {
          hint: "run it on a terminal, or say it with an option (--help)",
        });
      }
      const shown = fallback === undefined ? "" : ` [${fallback}]`;
      const answer = await question(`${text}${shown} `, signal);
      return answer === "" ? (fallback ?? "") : answer;
    },
    confirm: async ({ text, word, yes }, signal) => {
      if (yes) return;
      if (!isInteractive()) {
        throw new TidemarkError(
          "USAGE",
          `${text}: not without a confirmation`,
          {
            hint: "--yes confirms; --dry-run prints what would be done",
          },
        );
      }
      if ((await question(`${text}. Type ${word} to go on: `, signal)) !== word)
        throw unanswered();
    },
  };
}

function unanswered(): TidemarkError {
  return new TidemarkError("CANCELLED", "not confirmed: nothing was done");
}

function stderrOf(status: StatusLine): Writable {
  return new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      status.write(text);
      done();
    },
  });
}
