import type { Environment } from "../config/environment.ts";
import type { Clock } from "../platform/clock.ts";
import { colorsFor, type Colors } from "./colors.ts";
import {
  startProgress,
  type Progress,
  type ProgressOptions,
} from "./progress.ts";
import type { StatusLine } from "./status-line.ts";
import type { TextSink } from "./streams.ts";

/** The version of all documents on stdout: a key may be added under the same number, never taken away or changed. */
export const DOCUMENT_VERSION = 1;

/** Facts of a document. bigint is written as text; times are RFC 3339 text already. */
export type Body = Readonly<Record<string, unknown>>;

export interface Output {
  /** Whether stdout carries documents instead of text for people. */
  readonly json: boolean;
  /** For stdout; they do nothing where colours are not wanted. */
  readonly colors: Colors;
  /** The answer of a command, once: a document, or what `human` returns. */
  result(body: Body, human: () => string): void;
  /** The answer of a command that may be endless: a line each, and an end line that tells that it is complete. */
  stream(): RecordStream;
  /** Text for people, at once (a plan before the question): not with --json. */
  say(text: string): void;
  /** What happens meanwhile, on stderr. */
  note(text: string): void;
  progress(options: ProgressOptions): Progress;
}

export interface RecordStream {
  write(body: Body, human: () => string): void;
  /** The end line: `{"tidemark":1,"command":…,"end":true,"records":n,…}`. */
  end(body: Body, human?: () => string): void;
}

export interface OutputOptions {
  readonly command: () => string;
  readonly json: boolean;
  readonly stdout: TextSink;
  readonly status: StatusLine;
  readonly env: Environment;
  readonly clock: Clock;
}

export function createOutput(options: OutputOptions): Output {
  const { json, stdout, status } = options;
  const print = (text: string) => {
    // A bar that stands on the same terminal must not end up in the middle of the text.
    status.show("");
    if (text !== "") stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  };
  const documentLine = (body: Body) =>
    printJson({
      tidemark: DOCUMENT_VERSION,
      command: options.command(),
      ...body,
    });
  const printJson = (body: Body) => print(toJson(body));
  return {
    json,
    colors: colorsFor(stdout, options.env),
    result: (body, human) => (json ? documentLine(body) : print(human())),
    say: (text) => (json ? undefined : print(text)),
    note: (text) => status.write(`${text}\n`),
    progress: (progress) =>
      startProgress(progress, { status, clock: options.clock }),
    stream: () => {
      let records = 0;
      return {
        write: (body, human) => {
          records += 1;
          if (json) printJson(body);
          else print(human());
        },
        end: (body, human) => {
          if (json) documentLine({ end: true, records, ...body });
          else if (human !== undefined) print(human());
        },
      };
    },
  };
}

export function toJson(body: Body): string {
  return JSON.stringify(body, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}
