import type { EncodedPart, JournalRecord } from "../../core/journal-record.ts";
import type { Shape, ShapeId } from "../../core/shape.ts";

/** A batch is yielded when it has this much; a part is never split, so it may have one part more. */
const BATCH_BYTES = 1024 * 1024;
/** What a record costs beside its bytes once it is decoded: small ones take more than their bytes. */
const RECORD_BYTES = 1024;

/** Gathers what one `Journal.read` yields: batches of bounded bytes, each shape once and before its first use. */
export class BatchBuilder {
  private readonly damaged: (why: string) => Error;
  private readonly seen = new Map<ShapeId, Shape>();
  private readonly yielded = new Set<ShapeId>();
  private shapes: JournalRecord[] = [];
  private records: JournalRecord[] = [];
  private bytes = 0;

  constructor(damaged: (why: string) => Error) {
    this.damaged = damaged;
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

  /** Throws what the constructor was given when a part uses a shape that was not learned before it. */
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
        throw this.damaged(
          `transaction ${part.header.seq} uses shape ${id}, which is not before it`,
        );
      }
      this.yielded.add(id);
      this.shapes.push({ kind: "shape", shape });
    }
  }

  take(): readonly JournalRecord[] {
    const batch = [...this.shapes, ...this.records];
    this.shapes = [];
    this.records = [];
    this.bytes = 0;
    return batch;
  }
}
