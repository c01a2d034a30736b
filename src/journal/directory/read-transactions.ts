import type { EncodedPart, JournalRecord } from "../../core/journal-record.ts";
import type { Shape, ShapeId } from "../../core/shape.ts";
import { follow } from "./follow.ts";
import { listFiles } from "./journal-directory.ts";
import { journalDamaged, journalGap } from "./journal-errors.ts";
import { PendingParts } from "./pending-parts.ts";
import type { SourceFiles } from "./source-files.ts";

type Batch = readonly JournalRecord[];

/** A batch is yielded when it has this much; a part is never split, so it may have one part more. */
const BATCH_BYTES = 1024 * 1024;
/** What a record costs beside its bytes once it is decoded: small ones take more than their bytes. */
const RECORD_BYTES = 1024;

/** The records after transaction `after`: see Journal.read. */
export async function* readTransactions(
  files: SourceFiles,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const first = await firstFileFor(files, after, signal);
  const pending = new PendingParts(files.directory);
  const batch = new BatchBuilder(files.directory);
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

class BatchBuilder {
  private readonly directory: string;
  private readonly seen = new Map<ShapeId, Shape>();
  private readonly yielded = new Set<ShapeId>();
  private shapes: JournalRecord[] = [];
  private records: JournalRecord[] = [];
  private bytes = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  get isEmpty(): boolean {
    return this.records.length === 0;
  }

  get isFull(): boolean {
    return this.bytes >= BATCH_BYTES;
  }

  learn(shape: Shape): void {
    if (!this.seen.has(shape.id)) this.seen.set(shape.id, shape);
  }

  add(record: JournalRecord): void {
    this.records.push(record);
    if (record.kind === "part") {
      this.needShapes(record);
      this.bytes += record.bytes.length;
    }
    this.bytes += RECORD_BYTES;
  }

  private needShapes(part: EncodedPart): void {
    for (const { shape: id } of part.header.tables) {
      if (this.yielded.has(id)) continue;
      const shape = this.seen.get(id);
      if (shape === undefined) {
        throw journalDamaged(
          { path: this.directory, offset: 0 },
          `transaction ${part.header.seq} uses shape ${id}, which is not before it`,
        );
      }
      this.yielded.add(id);
      this.shapes.push({ kind: "shape", shape });
    }
  }

  take(): Batch {
    const batch = [...this.shapes, ...this.records];
    this.shapes = [];
    this.records = [];
    this.bytes = 0;
    return batch;
  }
}
