import { isDeepStrictEqual } from "node:util";
import type { SegmentAct } from "../archive/acts.ts";
import { SegmentFacts } from "../archive/segment-facts.ts";
import { openSegment } from "../archive/segment-reader.ts";
import { TidemarkError } from "../core/errors.ts";
import type {
  EncodedPart,
  JournalRecord,
  TouchedTable,
} from "../core/journal-record.ts";
import { formatPosition } from "../core/position.ts";
import type { Shape, ShapeId } from "../core/shape.ts";
import { encodeJournalRecord } from "../format/journal-record.ts";
import { partItems } from "../format/part-header.ts";
import { ContentHash, rolling } from "../format/rolling-hash.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { checkChanges } from "./check-changes.ts";

/**
 * Reads a segment to its end: its bytes are those that the entry names; every record decodes, and every change in it; the
 * transactions follow one another without a hole; the rolling hash, computed again from the changes, is the one in each
 * commit; and all that the entry tells of the segment is so. Throws ARCHIVE_DAMAGED, OBJECT_MISSING.
 */
export async function verifySegment(
  place: { readonly store: ObjectStore; readonly workFolder: string },
  act: SegmentAct,
  signal: AbortSignal,
): Promise<void> {
  const { object } = act;
  await using opened = await openSegment({ ...place, object }, signal);
  const check = new SegmentCheck(act);
  for await (const batch of opened.records(signal)) {
    for (const record of batch) check.add(record);
  }
  check.finish();
}

class SegmentCheck {
  private readonly act: SegmentAct;
  private readonly facts: SegmentFacts;
  private readonly shapes = new Map<ShapeId, Shape>();
  private rollingHash: string;
  private readonly content = new ContentHash();
  private tables: TouchedTable[] = [];
  private records = 0;
  private rawBytes = 0;

  constructor(act: SegmentAct) {
    this.act = act;
    this.facts = new SegmentFacts(act);
    this.rollingHash = act.before.rollingHash;
  }

  add(record: JournalRecord): void {
    this.records += 1;
    this.rawBytes += encodeJournalRecord(record).length;
    switch (record.kind) {
      case "shape":
        this.shapes.set(record.shape.id, record.shape);
        return;
      case "progress":
        this.facts.addProgress(record);
        return;
      case "part":
        this.addPart(record);
        return;
    }
  }

  finish(): void {
    const { object, before, first, last, reread, ...rest } = this.act;
    if (this.records !== object.records || this.rawBytes !== object.rawBytes) {
      throw this.damaged(
        `holds ${this.records} records of ${this.rawBytes} bytes, its entry says ${object.records} of ${object.rawBytes}`,
      );
    }
    const { incarnation, progress, tables, events, clockBack } = rest;
    const told = {
      ...{ incarnation, before, first, last, reread },
      ...{ progress, tables, events, clockBack },
    };
    const is = this.understood(() => this.facts.summary());
    const wrong = (Object.keys(told) as (keyof typeof told)[]).filter(
      (name) => !isDeepStrictEqual(plain(is[name]), plain(told[name])),
    );
    if (wrong.length > 0)
      throw this.damaged(`is not what its entry says: ${wrong.join(", ")}`);
  }

  private addPart(part: EncodedPart): void {
    const { header } = part;
    this.understood(() => {
      this.facts.addPart(part, (id) => this.shape(id, header.seq));
      checkChanges(part, (id) => this.shape(id, header.seq));
    });
    this.content.add(partItems(part).bytes);
    for (const touched of header.tables) this.tables[touched.ref] ??= touched;
    if (header.commit === undefined) return;
    const content = this.content.finish({
      xid: header.xid,
      position: formatPosition(header.commit.position),
      rawCommittedAt: header.commit.rawCommittedAt,
      tables: this.tables,
    });
    this.rollingHash = rolling(this.rollingHash, content);
    if (this.rollingHash !== header.commit.rollingHash) {
      throw this.damaged(
        `transaction ${header.seq} is another than its rolling hash says`,
      );
    }
    this.tables = [];
  }

  private shape(id: ShapeId, seq: number): Shape {
    const shape = this.shapes.get(id);
    if (shape !== undefined) return shape;
    throw this.damaged(
      `transaction ${seq} uses shape ${id} before it is given`,
    );
  }

  /** Whatever is objected to, by words of the journal or of the format, is damage here. */
  private understood<T>(look: () => T): T {
    try {
      return look();
    } catch (error) {
      if (error instanceof TidemarkError && error.code === "ARCHIVE_DAMAGED")
        throw error;
      if (!(error instanceof TidemarkError || error instanceof RangeError))
        throw error;
      throw this.damaged(error.message, error);
    }
  }

  private damaged(what: string, cause?: unknown): TidemarkError {
    const { key } = this.act.object;
    return new TidemarkError("ARCHIVE_DAMAGED", `${key}: ${what}`, {
      ...(cause === undefined ? {} : { cause }),
      details: { object: key },
    });
  }
}

/** As an entry keeps it. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
