import { TidemarkError } from "../../core/errors.ts";

/** Bytes that were durable once are no longer what was written, or a file of the chain is missing. */
export function journalDamaged(
  place: { readonly path: string; readonly offset: number },
  why: string,
  cause?: unknown,
): TidemarkError {
  return new TidemarkError(
    "JOURNAL_DAMAGED",
    `${place.path}, byte ${place.offset}: ${why}`,
    {
      hint: "move this source's journal directory away: what the archive lacks is read from the source again",
      details: { file: place.path, offset: place.offset },
      cause,
    },
  );
}

export function journalGap(directory: string, why: string): TidemarkError {
  return new TidemarkError("JOURNAL_GAP", `${directory}: ${why}`, {
    hint: "read again from a transaction that the journal holds; capture begins the journal at the archive's head",
    details: { directory },
  });
}

/** The one place where the file system's errors get our codes; what has a code or is no system error passes as it is. */
export function journalFileError(path: string, error: unknown): unknown {
  const code = systemCode(error);
  if (code === undefined || error instanceof TidemarkError) return error;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new TidemarkError("DISK_FULL", `${path}: no space left (${code})`, {
      hint: "make room, then start again: the journal opens at its last durable transaction",
      details: { path, systemCode: code },
      cause: error,
    });
  }
  return new TidemarkError("JOURNAL_FATAL", `${path}: ${code}`, {
    hint: "look at the disk and the directory's rights, then start again: the journal opens at its last durable transaction",
    details: { path, systemCode: code },
    cause: error,
  });
}

export function isMissing(error: unknown): boolean {
  return systemCode(error) === "ENOENT";
}

/** Node's system errors have a number, too: that tells them from its argument errors. */
function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errno } = error as NodeJS.ErrnoException;
  return typeof code === "string" && typeof errno === "number"
    ? code
    : undefined;
}
