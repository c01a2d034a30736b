import { TidemarkError, type ErrorCode } from "../../src/core/errors.ts";

/** The error that `action` ends with, which must be one of ours; fails when there is none. */
export async function caught(action: () => unknown): Promise<TidemarkError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof TidemarkError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

export async function codeOf(action: () => unknown): Promise<ErrorCode> {
  return (await caught(action)).code;
}
