import { TidemarkError } from "../../core/errors.ts";

const HINTS: Readonly<Record<string, string>> = {
  EACCES: "give Tidemark's user read and write rights on the folder",
  EPERM:
    "the file system must have hard links, and Tidemark's user the right to make them",
  ENOTDIR: "a file stands where a folder of the path should be",
  EROFS: "the file system is mounted read-only",
  EXDEV:
    "the archive's folder must be one file system, without links out of it",
  EMFILE: "raise the limit of open files (ulimit -n)",
};

export function errnoCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** No file of that name, or a folder where the file would be: either way there is no such object. */
export function isAbsent(error: unknown): boolean {
  const code = errnoCode(error);
  return code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR";
}

/** The one place where the operating system's errors become ours, by code. An abort stays what the signal says. */
export function storeError(error: unknown, doing: string): unknown {
  if (error instanceof TidemarkError) return error;
  const code = errnoCode(error);
  // Not the operating system: an abort, or a fault of our own.
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new TidemarkError("DISK_FULL", `no space left while ${doing}`, {
      hint: "free space under the archive; nothing that was stored is lost",
      cause: error,
    });
  }
  const hint = HINTS[code];
  return new TidemarkError("STORE_UNREACHABLE", `${code} while ${doing}`, {
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

export function objectMissing(key: string, cause: unknown): TidemarkError {
  return new TidemarkError("OBJECT_MISSING", `there is no object ${key}`, {
    hint: "bring it back from a copy of the archive, or choose a point that does not need it; `tidemark verify` lists all that is missing",
    cause,
  });
}
