import type { JournalHead, JournalStart } from "../journal.ts";
import { follow } from "./follow.ts";
import { listFiles } from "./journal-directory.ts";
import type { SourceFiles } from "./source-files.ts";

/** Transaction `seq`, or where the journal's oldest file starts when that is `seq`. */
export async function findTransaction(
  files: SourceFiles,
  seq: number,
  signal: AbortSignal,
): Promise<JournalStart | undefined> {
  const { files: headers } = await listFiles(files.directory, signal);
  // A transaction that a roll cut in two is counted to the first of its files: its end is looked for from there on.
  const first =
    headers.findLast(({ firstSeq }) => firstSeq <= seq) ?? headers.at(0);
  if (first === undefined) return undefined;
  for await (const item of follow(files, first.firstFrame, signal)) {
    switch (item.kind) {
      case "caught-up":
        return undefined;
      case "start": {
        const { head } = item.start;
        if (head.seq >= seq)
          return head.seq === seq ? startOf(head) : undefined;
        continue;
      }
      case "frame":
        for (const record of item.records) {
          if (record.kind !== "part" || record.header.seq !== seq) continue;
          const { commit } = record.header;
          if (commit === undefined) continue;
          const { position, committedAt, rollingHash } = commit;
          return { seq, position, committedAt, rollingHash };
        }
        continue;
      default:
        item satisfies never;
    }
  }
  return undefined;
}

function startOf(head: JournalHead): JournalStart {
  const { seq, position, committedAt, rollingHash } = head;
  return { seq, position, committedAt, rollingHash };
}

/** The last whole transaction in the journal's newest file, or where that file starts. */
export async function findHeadSeq(
  files: SourceFiles,
  newest: number,
  signal: AbortSignal,
): Promise<number> {
  let seq = 0;
  for await (const item of follow(files, newest, signal)) {
    if (item.kind === "caught-up") break;
    if (item.kind === "start") seq = item.start.head.seq;
    if (item.kind !== "frame") continue;
    for (const record of item.records) {
      if (record.kind !== "part" || record.header.commit === undefined)
        continue;
      seq = record.header.seq;
    }
  }
  return seq;
}
