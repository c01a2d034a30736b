import type { Change, Row } from "../core/change.ts";
import type { EncodedPart } from "../core/journal-record.ts";
import type { Shape, ShapeId } from "../core/shape.ts";
import { decodeChanges } from "../format/change-codec.ts";
import { partItems } from "../format/part-header.ts";

type Counts = Record<"inserts" | "updates" | "deletes" | "truncates", number>;

/** Decodes every change of a part. Throws RangeError where its rows or counts are not those that header and shapes tell. */
export function checkChanges(
  part: EncodedPart,
  shapeOf: (id: ShapeId) => Shape,
): void {
  const { seq, tables } = part.header;
  const items = partItems(part);
  const changes = decodeChanges(items.bytes);
  const wrong = (what: string) =>
    new RangeError(`part ${part.header.part} of transaction ${seq} ${what}`);
  if (changes.length !== items.count)
    throw wrong(`holds ${changes.length} changes instead of ${items.count}`);
  const widths = new Map(
    tables.map(({ ref, shape }) => [ref, shapeOf(shape).columns.length]),
  );
  const counts = new Map<number, Counts>();
  const count = (ref: number, kind: keyof Counts): void => {
    if (!widths.has(ref)) throw wrong(`has a change of no table: ${ref}`);
    const sums = counts.get(ref) ?? noCounts();
    sums[kind] += 1;
    counts.set(ref, sums);
  };
  for (const change of changes) {
    countChange(change, count);
    for (const row of rowsOf(change)) {
      if (row.row.length !== widths.get(row.ref))
        throw wrong(`has a row of ${row.row.length} values`);
    }
  }
  for (const { ref, ...told } of tables) {
    const is = counts.get(ref) ?? noCounts();
    for (const kind of Object.keys(is) as (keyof Counts)[]) {
      if (is[kind] !== told[kind])
        throw wrong(`has ${is[kind]} ${kind} instead of ${told[kind]}`);
    }
  }
}

function noCounts(): Counts {
  return { inserts: 0, updates: 0, deletes: 0, truncates: 0 };
}

function countChange(
  change: Change,
  count: (ref: number, kind: keyof Counts) => void,
): void {
  switch (change.kind) {
    case "insert":
    case "update":
    case "delete":
      count(change.ref, `${change.kind}s`);
      return;
    case "truncate":
      for (const ref of change.refs) count(ref, "truncates");
      return;
    case "event":
      return;
  }
}

function* rowsOf(
  change: Change,
): Generator<{ readonly ref: number; readonly row: Row }> {
  if (change.kind === "event" || change.kind === "truncate") return;
  const { ref } = change;
  if (change.kind !== "insert" && change.old.kind !== "none")
    yield { ref, row: change.old.row };
  if (change.kind !== "delete") yield { ref, row: change.after };
}
