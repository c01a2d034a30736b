import { ERROR_CODES, TidemarkError, type ErrorCode } from "../core/errors.ts";
import type { Colors } from "./colors.ts";
import { DOCUMENT_VERSION, toJson } from "./output.ts";

export interface ReportedError {
  readonly code: ErrorCode;
  readonly exitCode: number;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

/** An error in the words of the user's documentation; whatever was not foreseen is INTERNAL. */
export function describeError(error: unknown): ReportedError {
  if (error instanceof TidemarkError) {
    const { code, message, hint, details } = error;
    // By convention 128 + the signal's number, and the code itself stands for SIGINT.
    const exitCode = details?.["signal"] === "SIGTERM" ? 143 : error.exitCode;
    return { code, exitCode, message, hint, details };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: "INTERNAL",
    exitCode: ERROR_CODES.INTERNAL,
    message: message === "" ? "an error without a message" : message,
    hint: "this should not happen; --verbose prints where it came from",
    details: undefined,
  };
}

/** `error CODE: what` and `hint: what now`. With `verbose` the stack and the chain of causes, for a bug report. */
export function formatError(
  error: unknown,
  how: { readonly colors: Colors; readonly verbose: boolean },
): string {
  const { code, message, hint } = describeError(error);
  const { colors } = how;
  const several = message.includes("\n") ? "\n" : " ";
  const lines = [`${colors.red(`error ${code}:`)}${several}${message}`];
  if (hint !== undefined) lines.push(`${colors.cyan("hint:")} ${hint}`);
  if (how.verbose) lines.push(...causes(error));
  return `${lines.join("\n")}\n`;
}

/** The document that stands on stdout in place of, or after a part of, an answer. */
export function errorDocument(command: string, error: unknown): string {
  const reported = describeError(error);
  return `${toJson({ tidemark: DOCUMENT_VERSION, command, error: reported })}\n`;
}

function* causes(error: unknown): Generator<string> {
  let [each, depth] = [error, 0];
  while (each instanceof Error && depth < 10) {
    yield `${depth === 0 ? "" : "caused by "}${each.stack ?? each.message}`;
    [each, depth] = [each.cause, depth + 1];
  }
}
