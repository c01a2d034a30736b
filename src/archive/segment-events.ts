import { TidemarkError } from "../core/errors.ts";
import type { Change } from "../core/change.ts";
import type { EncodedPart } from "../core/journal-record.ts";
import type { TableId } from "../core/shape.ts";
import { decodeChanges } from "../format/change-codec.ts";
import type { ChangeItems } from "../format/part-header.ts";
import type { SegmentEvent } from "./acts.ts";

type Event = Extract<Change, { kind: "event" }>;

/**
 * The events that planning needs without opening the segment. Contexts stay out: an application may write one in every
 * transaction, and an entry must stay small; they are in the segment.
 */
export function segmentEvents(
  part: EncodedPart,
  items: ChangeItems,
): SegmentEvent[] {
  const { seq } = part.header;
  return decodeChanges(items.bytes)
    .filter((change) => change.kind === "event")
    .filter((event) => event.event !== "context")
    .map((event) => {
      const { event: kind, name } = event;
      return kind === "ddl"
        ? { seq, kind, name, tables: ddlTables(seq, event) }
        : { seq, kind, name };
    });
}

/** `tables` of a DDL event's body, see docs/events.md. */
function ddlTables(seq: number, event: Event): readonly TableId[] | null {
  let body: unknown;
  try {
    body = JSON.parse(Buffer.from(event.body).toString("utf8"));
  } catch (cause) {
    throw unreadable(seq, cause);
  }
  const tables =
    typeof body === "object" && body !== null && "tables" in body
      ? body.tables
      : undefined;
  if (tables === null) return null;
  if (!Array.isArray(tables) || !tables.every(isTableId))
    throw unreadable(seq, undefined);
  return tables;
}

function isTableId(value: unknown): value is TableId {
  return Number.isSafeInteger(value);
}

function unreadable(seq: number, cause: unknown): TidemarkError {
  return new TidemarkError(
    "SOURCE_UNREADABLE",
    `the DDL event of transaction ${seq} does not say which tables it concerns`,
    {
      hint: "run `tidemark prepare`: its DDL trigger is another than this version's",
      cause,
    },
  );
}
