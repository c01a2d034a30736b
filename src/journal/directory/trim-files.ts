import type { FileHeader } from "./file-header.ts";
import { deleteFile } from "./discard-files.ts";
import { findHeadSeq } from "./find-transaction.ts";
import { listFiles, syncDirectory } from "./journal-directory.ts";
import { journalFailpoint } from "./journal-failpoints.ts";
import type { SourceFiles } from "./source-files.ts";

/** The oldest files whose parts all belong to transactions up to `through`; never the newest file. */
export function planTrim(
  files: readonly FileHeader[],
  through: number,
): number[] {
  const doomed: number[] = [];
  for (const [index, header] of files.entries()) {
    const next = files[index + 1];
    if (next === undefined || next.firstSeq - 1 > through) break;
    doomed.push(header.firstFrame);
  }
  return doomed;
}

/** Oldest first, so that a crash leaves a run of files without a hole. */
export async function trimFiles(
  source: SourceFiles,
  through: number,
  signal: AbortSignal,
): Promise<void> {
  const { directory } = source;
  const { files } = await listFiles(directory, signal);
  const newest = files.at(-1);
  if (newest === undefined || planTrim(files, through).length === 0) return;
  const head =
    source.tail.tail?.head.seq ??
    (await findHeadSeq(source, newest.firstFrame, signal));
  // The newest transaction stays, even when the newest file has nothing of it yet.
  const doomed = planTrim(files, Math.min(through, head - 1));
  for (const number of doomed) {
    await deleteFile(directory, number);
    journalFailpoint("journal.trim-file-deleted");
  }
  if (doomed.length > 0) await syncDirectory(directory);
}
