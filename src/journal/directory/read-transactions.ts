import type { JournalRecord } from "../../core/journal-record.ts";
import { BatchBuilder } from "../records/batch-builder.ts";
import { follow } from "./follow.ts";
import { listFiles } from "./journal-directory.ts";
import { journalDamaged, journalGap } from "./journal-errors.ts";
import { PendingParts } from "./pending-parts.ts";
import type { SourceFiles } from "./source-files.ts";

type Batch = readonly JournalRecord[];

/** The records after transaction `after`: see Journal.read. */
export async function* readTransactions(
  files: SourceFiles,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const first = await firstFileFor(files, after, signal);
  const pending = new PendingParts(files.directory);
  const batch = new BatchBuilder((why) =>
    journalDamaged({ path: files.directory, offset: 0 }, why),
  );
  let seq = 0;
  for await (const item of follow(files, first, signal)) {
    switch (item.kind) {
      case "start":
        seq = item.start.head.seq;
        continue;
      case "caught-up":
        if (seq < after) {
          throw journalGap(
            files.directory,
            `the journal ends at transaction ${seq}, before ${after}`,
          );
        }
        if (!batch.isEmpty) yield batch.take();
        continue;
      case "frame":
        break;
      default:
        item satisfies never;
    }
    for (const record of item.records) {
      if (record.kind === "shape") {
        batch.learn(record.shape);
      } else if (record.kind === "progress") {
        if (seq >= after) batch.add(record);
      } else {
        const { commit } = record.header;
        if (commit !== undefined) seq = record.header.seq;
        if (record.header.seq <= after) continue;
        pending.add(record);
        if (commit === undefined) continue;
        // Nearly every transaction is in one frame: no promise for those.
        if (pending.hasEarlier) {
          for await (const part of pending.readEarlier(signal)) {
            batch.add(part);
            if (batch.isFull) yield batch.take();
          }
        }
        for (const part of pending.take()) batch.add(part);
      }
      if (batch.isFull) yield batch.take();
    }
    pending.letGo(item.file, item.frame);
  }
}

/**
 * The file where transaction `after` ends, so that progress between it and the next one is seen; when that is trimmed, the
 * one that has all of the next transaction. Waits while the journal was never begun.
 */
async function firstFileFor(
  files: SourceFiles,
  after: number,
  signal: AbortSignal,
): Promise<number> {
  for (;;) {
    const seen = files.tail.version;
    const { files: headers } = await listFiles(files.directory, signal);
    const file =
      headers.findLast(({ firstSeq }) => firstSeq <= after) ??
      headers.findLast(({ firstSeq }) => firstSeq <= after + 1);
    if (file !== undefined) return file.firstFrame;
    const oldest = headers.at(0);
    if (oldest !== undefined) {
      throw journalGap(
        files.directory,
        `transaction ${after + 1} is not there any more, the first one is ${oldest.firstSeq}`,
      );
    }
    await files.tail.changed(seen, files.pollMs, signal);
  }
}
