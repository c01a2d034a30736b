import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { ArchiveLocation } from "../config/config.ts";
import { TidemarkError } from "../core/errors.ts";

/** What `--archive` takes: a directory, as a path or as a `file:` URL. Throws USAGE, NOT_IN_THIS_VERSION. */
export function parseArchive(text: string): ArchiveLocation {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === "s3") {
    throw new TidemarkError(
      "NOT_IN_THIS_VERSION",
      "archives in S3 are not in this version",
      { hint: "name a directory" },
    );
  }
  if (scheme === undefined && text !== "") return { directory: resolve(text) };
  try {
    if (scheme === "file") return { directory: fileURLToPath(text) };
  } catch {
    // Falls through to the one message for all that is no directory.
  }
  throw new TidemarkError("USAGE", "--archive names no directory", {
    hint: "a path, or file:///path",
  });
}
