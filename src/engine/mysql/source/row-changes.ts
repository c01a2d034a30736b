import { TidemarkError } from "../../../core/errors.ts";
import { tableLabel } from "../../../core/shape.ts";
import { AvroWriter } from "../../../format/avro-writer.ts";
import {
  DELETE_BRANCH,
  INSERT_BRANCH,
  OLD_FULL,
  OLD_KEY,
  OLD_NONE,
  UPDATE_BRANCH,
} from "../../../format/change-codec.ts";
import type { PartEncoder } from "../../stream/part-encoder.ts";
import type { EventReader } from "./events/event-reader.ts";
import type { CapturedTable } from "./stream-tables.ts";

/** A row in one piece; more would have to be held in memory several times over. */
const MAX_ROW_BYTES = 256 * 1024 * 1024;
/** Of a row that is compared or copied; larger ones do not stay. */
const SCRATCH_BYTES = 64 * 1024;

/** Turns the row images of one event after another into changes. `event` stands before the first image. Hot. */
export class RowChanges {
  private readonly parts: PartEncoder;
  private scratch = new AvroWriter(SCRATCH_BYTES);

  constructor(parts: PartEncoder) {
    this.parts = parts;
  }

  insert(table: CapturedTable, event: EventReader): void {
    const { items } = this.parts;
    checkSize(table, event, 1);
    while (event.offset < event.end) {
      const ref = this.parts.touch(table);
      items.writeLong(INSERT_BRANCH);
      items.writeLong(ref);
      table.reader.read(items, event);
      table.inserts++;
      this.parts.added();
    }
  }

  delete(table: CapturedTable, event: EventReader): void {
    const { items } = this.parts;
    checkSize(table, event, 1);
    while (event.offset < event.end) {
      const ref = this.parts.touch(table);
      items.writeLong(DELETE_BRANCH);
      items.writeLong(ref);
      if (table.keys === undefined) {
        items.writeLong(OLD_FULL);
        table.reader.read(items, event);
      } else {
        this.readOld(table, event);
        items.writeLong(OLD_KEY);
        table.keys.write(items, this.scratch.view());
      }
      table.deletes++;
      this.parts.added();
    }
  }

  update(table: CapturedTable, event: EventReader): void {
    const { items } = this.parts;
    checkSize(table, event, 2);
    while (event.offset < event.end) {
      const ref = this.parts.touch(table);
      items.writeLong(UPDATE_BRANCH);
      items.writeLong(ref);
      if (table.keys === undefined) {
        items.writeLong(OLD_FULL);
        table.reader.read(items, event);
        table.reader.read(items, event);
      } else {
        this.updateByKey(table, event);
      }
      table.updates++;
      this.parts.added();
    }
  }

  /** The old row says no more than its key, and that only where it became another. */
  private updateByKey(table: CapturedTable, event: EventReader): void {
    const { items } = this.parts;
    const { keys, reader } = table;
    if (keys === undefined) return;
    this.readOld(table, event);
    const before = items.size;
    items.writeLong(OLD_NONE);
    items.writeLong(0);
    const rowFrom = items.size;
    reader.read(items, event);
    // The buffer may be another one by now, but what was written lies at its end.
    const at = items.length - (items.size - rowFrom);
    if (keys.areSame(this.scratch.buffer, items.buffer, at)) return;
    const after = Buffer.from(items.buffer.subarray(at, items.length));
    items.length -= items.size - before;
    items.writeLong(OLD_KEY);
    keys.write(items, this.scratch.view());
    items.writeRaw(after);
  }

  /** Into `scratch`, at its beginning. */
  private readOld(table: CapturedTable, event: EventReader): void {
    if (this.scratch.buffer.length > 16 * SCRATCH_BYTES)
      this.scratch = new AvroWriter(SCRATCH_BYTES);
    this.scratch.clear();
    table.reader.read(this.scratch, event);
  }
}

/** An event has many rows only where they are small. */
function checkSize(
  table: CapturedTable,
  event: EventReader,
  images: number,
): void {
  if (event.left <= images * MAX_ROW_BYTES) return;
  throw new TidemarkError(
    "ROW_TOO_LARGE",
    `a change of ${tableLabel(table.shape)} has ${event.left} bytes; at most ${images * MAX_ROW_BYTES} are captured`,
    {
      hint: "split the value, or leave the table out with `tables:`; nothing was skipped",
    },
  );
}
