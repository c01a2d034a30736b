import { TidemarkError, type ErrorCode } from "../core/errors.ts";

/** An error on its way between threads, where its class would be lost. */
export interface PackedError {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly stack: string | undefined;
  readonly cause: PackedError | undefined;
}

export function packError(error: unknown): PackedError {
  const known = error instanceof TidemarkError ? error : undefined;
  const { message, stack, cause } =
    error instanceof Error ? error : new Error(String(error));
  return {
    ...{ code: known?.code, message, stack },
    ...{ hint: known?.hint, details: known?.details },
    cause: cause === undefined ? undefined : packError(cause),
  };
}

export function unpackError(packed: PackedError): Error {
  const { code, message, hint, details, stack } = packed;
  const cause =
    packed.cause === undefined ? {} : { cause: unpackError(packed.cause) };
  const error =
    code === undefined
      ? new Error(message, cause)
      : new TidemarkError(code, message, {
          ...cause,
          ...(hint === undefined ? {} : { hint }),
          ...(details === undefined ? {} : { details }),
        });
  if (stack !== undefined) error.stack = stack;
  return error;
}
