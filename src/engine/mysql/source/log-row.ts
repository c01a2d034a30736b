import { TidemarkError } from "../../../core/errors.ts";
import {
  EVENT_KINDS,
  type Change,
  type EventKind,
} from "../../../core/change.ts";
import { AvroReader } from "../../../format/avro-reader.ts";
import { AvroWriter } from "../../../format/avro-writer.ts";
import { readRow } from "../../../format/change-codec.ts";
import type { EventReader } from "./events/event-reader.ts";
import type { StreamTable } from "./stream-tables.ts";

type LogTable = Extract<StreamTable, { kind: "log" }>;

/** The rows of an insert into tidemark.log; `event` stands before the first. */
export function* logRows(
  table: LogTable,
  event: EventReader,
): Generator<Change & { kind: "event" }> {
  while (event.offset < event.end) {
    const row = new AvroWriter();
    table.reader.read(row, event);
    const values = readRow(new AvroReader(row.cut()));
    const valueOf = (column: string) => {
      const value = values[table.columns.indexOf(column)];
      if (!(value instanceof Uint8Array))
        throw new RangeError(`a row of tidemark.log without its ${column}`);
      return value;
    };
    yield {
      kind: "event",
      event: logKind(Buffer.from(valueOf("kind")).toString("utf8")),
      name: Buffer.from(valueOf("name")).toString("utf8"),
      body: valueOf("body"),
    };
  }
}

function logKind(text: string): EventKind {
  const kind = EVENT_KINDS.find((known) => known === text);
  // A context from this table would be taken for an application's note.
  if (kind === undefined || kind === "context") {
    throw new TidemarkError(
      "SOURCE_UNREADABLE",
      `tidemark.log has a row of an unknown kind ${JSON.stringify(text)}`,
      { hint: "a newer Tidemark wrote it: run that version" },
    );
  }
  return kind;
}
