import type { EncodedPart, JournalRecord } from "../../core/journal-record.ts";
import type { Shape, ShapeId } from "../../core/shape.ts";
import { encodeJournalRecord } from "../../format/journal-record.ts";
import { encodeShape } from "../../format/shape-record.ts";

/**
 * Puts shapes where they are needed: before the first part of a file that uses them. What capture gave is kept, so that a
 * shape comes back in any later file; what the parts of a file used is written at the head of the next one.
 */
export class ShapeBook {
  private readonly known = new Map<ShapeId, Uint8Array>();
  private written = new Set<ShapeId>();
  private used = new Set<ShapeId>();

  /** A shape that stands in the newest file, read back. */
  addWritten(shape: Shape): void {
    this.known.set(shape.id, encodeShape(shape));
    this.written.add(shape.id);
  }

  /** A part of the newest file, read back. Throws RangeError when its shapes do not stand before it. */
  addRead(part: EncodedPart): void {
    for (const { shape } of part.header.tables) {
      if (!this.written.has(shape))
        throw new RangeError(`a part uses shape ${shape}, which is not here`);
      this.used.add(shape);
    }
  }

  /** What must be written for these records, in order. Throws RangeError when a part uses a shape that was never given. */
  itemsOf(records: readonly JournalRecord[]): Uint8Array[] {
    const items: Uint8Array[] = [];
    const here = new Set<ShapeId>();
    for (const record of records) {
      if (record.kind === "shape") {
        this.learn(record.shape);
        continue;
      }
      if (record.kind === "part") {
        for (const { shape } of record.header.tables) {
          if (this.written.has(shape) || here.has(shape)) continue;
          items.push(this.bytesOf(shape));
          here.add(shape);
        }
      }
      items.push(encodeJournalRecord(record));
    }
    return items;
  }

  /** The records of an `itemsOf` are durable. */
  noteWritten(records: readonly JournalRecord[]): void {
    for (const record of records) {
      if (record.kind !== "part") continue;
      for (const { shape } of record.header.tables) {
        this.written.add(shape);
        this.used.add(shape);
      }
    }
  }

  /** The shapes for the head of the next file. */
  inForce(): Uint8Array[] {
    return [...this.used].map((id) => this.bytesOf(id));
  }

  /** The next file is durable, with the shapes in force at its head. */
  noteRolled(): void {
    this.written = this.used;
    this.used = new Set();
  }

  /** A new history begins: its first file has no shapes. */
  noteBegun(): void {
    this.written = new Set();
    this.used = new Set();
  }

  private learn(shape: Shape): void {
    if (!this.known.has(shape.id)) this.known.set(shape.id, encodeShape(shape));
  }

  private bytesOf(id: ShapeId): Uint8Array {
    const bytes = this.known.get(id);
    if (bytes === undefined)
      throw new RangeError(`a part uses shape ${id}, which was never given`);
    return bytes;
  }
}
