import { TidemarkError } from "../core/errors.ts";

/** What a failed write of a working file means to the user. */
export function diskError(path: string, cause: unknown): TidemarkError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new TidemarkError("DISK_FULL", `the disk under ${path} is full`, {
      hint: "make room, or move the working folder to another disk",
      cause,
    });
  }
  return new TidemarkError("INTERNAL", `${path} cannot be written`, { cause });
}
