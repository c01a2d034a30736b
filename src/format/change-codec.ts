import {
  ABSENT,
  EVENT_KINDS,
  UNCHANGED,
  type Change,
  type EventKind,
  type Old,
  type Row,
  type Value,
} from "../core/change.ts";
import { AvroReader } from "./avro-reader.ts";
import type { AvroWriter } from "./avro-writer.ts";

/** The union of `changes` in schemas/journal-record.v1.avsc: the branch is the first byte of an item, doubled by zigzag. */
export const INSERT_BRANCH = 0;
export const UPDATE_BRANCH = 1;
export const DELETE_BRANCH = 2;
export const TRUNCATE_BRANCH = 3;
export const EVENT_BRANCH = 4;

export const OLD_NONE = 0;
export const OLD_KEY = 1;
export const OLD_FULL = 2;

/** A value's branches: null · Missing (0 UNCHANGED, 1 ABSENT) · bytes. */
export const VALUE_NULL = 0;
export const VALUE_MISSING = 1;
export const VALUE_BYTES = 2;

const OLD_KINDS = ["none", "key", "full"] as const;

/** Cold: events, tests. The hot path of a change source writes the same bytes itself. */
export function writeChange(out: AvroWriter, change: Change): void {
  switch (change.kind) {
    case "insert":
      out.writeLong(INSERT_BRANCH);
      out.writeLong(change.ref);
      writeRow(out, change.after);
      return;
    case "update":
      out.writeLong(UPDATE_BRANCH);
      out.writeLong(change.ref);
      writeOld(out, change.old);
      writeRow(out, change.after);
      return;
    case "delete":
      out.writeLong(DELETE_BRANCH);
      out.writeLong(change.ref);
      writeOld(out, change.old);
      return;
    case "truncate":
      out.writeLong(TRUNCATE_BRANCH);
      if (change.refs.length > 0) out.writeLong(change.refs.length);
      for (const ref of change.refs) out.writeLong(ref);
      out.writeLong(0);
      out.writeBoolean(change.cascade);
      out.writeBoolean(change.restartIdentity);
      return;
    case "event":
      out.writeLong(EVENT_BRANCH);
      out.writeString(change.event);
      out.writeString(change.name);
      out.writeBytes(change.body);
      return;
  }
}

function writeOld(out: AvroWriter, old: Old): void {
  out.writeLong(OLD_KINDS.indexOf(old.kind));
  writeRow(out, old.kind === "none" ? [] : old.row);
}

export function writeRow(out: AvroWriter, row: Row): void {
  if (row.length > 0) out.writeLong(row.length);
  for (const value of row) writeValue(out, value);
  out.writeLong(0);
}

export function writeValue(out: AvroWriter, value: Value): void {
  if (value === null) {
    out.writeLong(VALUE_NULL);
  } else if (value === UNCHANGED || value === ABSENT) {
    out.writeLong(VALUE_MISSING);
    out.writeLong(value === UNCHANGED ? 0 : 1);
  } else {
    out.writeLong(VALUE_BYTES);
    out.writeBytes(value);
  }
}

/** All items of a part (`partItems(part).bytes`); values are views. Throws RangeError on what it does not understand. */
export function decodeChanges(items: Uint8Array): Change[] {
  const reader = new AvroReader(items);
  const changes: Change[] = [];
  while (!reader.atEnd) changes.push(readChange(reader));
  return changes;
}

export function readChange(reader: AvroReader): Change {
  const branch = reader.readLong();
  switch (branch) {
    case INSERT_BRANCH:
      return { kind: "insert", ref: reader.readLong(), after: readRow(reader) };
    case UPDATE_BRANCH:
      return {
        kind: "update",
        ref: reader.readLong(),
        old: readOld(reader),
        after: readRow(reader),
      };
    case DELETE_BRANCH: {
      const ref = reader.readLong();
      const old = readOld(reader);
      if (old.kind === "none")
        throw new RangeError("a delete without an old row");
      return { kind: "delete", ref, old };
    }
    case TRUNCATE_BRANCH:
      return {
        kind: "truncate",
        refs: readRefs(reader),
        cascade: reader.readBoolean(),
        restartIdentity: reader.readBoolean(),
      };
    case EVENT_BRANCH:
      return {
        kind: "event",
        event: eventKind(reader.readString()),
        name: reader.readString(),
        body: reader.readBytes(),
      };
    default:
      throw new RangeError(`a change of an unknown kind: branch ${branch}`);
  }
}

function readOld(reader: AvroReader): Old {
  const kind = OLD_KINDS[reader.readLong()];
  const row = readRow(reader);
  if (kind === undefined) throw new RangeError("an old row of an unknown kind");
  return kind === "none" ? { kind } : { kind, row };
}

export function readRow(reader: AvroReader): Row {
  const row: Value[] = [];
  for (let n = reader.readBlockCount(); n > 0; n = reader.readBlockCount()) {
    for (; n > 0; n--) row.push(readValue(reader));
  }
  return row;
}

function readValue(reader: AvroReader): Value {
  switch (reader.readLong()) {
    case VALUE_NULL:
      return null;
    case VALUE_MISSING:
      return reader.readLong() === 0 ? UNCHANGED : ABSENT;
    case VALUE_BYTES:
      return reader.readBytes();
    default:
      throw new RangeError("a value of an unknown kind");
  }
}

function readRefs(reader: AvroReader): number[] {
  const refs: number[] = [];
  for (let n = reader.readBlockCount(); n > 0; n = reader.readBlockCount()) {
    for (; n > 0; n--) refs.push(reader.readLong());
  }
  return refs;
}

function eventKind(text: string): EventKind {
  const kind = EVENT_KINDS.find((known) => known === text);
  if (kind === undefined)
    throw new RangeError(`an event of an unknown kind: ${text}`);
  return kind;
}
