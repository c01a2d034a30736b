import type { Change } from "../../src/core/change.ts";
import type { ArchivedTransaction, SampleArchive } from "./sample-archive.ts";
import { sampleRow, sampleShape } from "./sample-records.ts";

export const ORDERS_SHAPE = sampleShape({
  table: 16390,
  name: "orders",
  identity: "KEY",
  columns: ["id*", "note"],
});
export const ITEMS_SHAPE = sampleShape({
  table: 16391,
  name: "items",
  identity: "WHOLE_ROW",
  columns: ["order", "what"],
});
const SHAPES = [ORDERS_SHAPE, ITEMS_SHAPE];

export function transaction(
  ...parts: readonly (readonly Change[])[]
): ArchivedTransaction {
  return { shapes: SHAPES, parts };
}

export function insertOrder(id: number, note = `note ${id}`): Change {
  return { kind: "insert", ref: 0, after: sampleRow(`${id}`, note) };
}

export function updateOrder(id: number, note: string): Change {
  const after = sampleRow(`${id}`, note);
  return { kind: "update", ref: 0, old: { kind: "none" }, after };
}

export function deleteOrder(id: number): Change {
  const row = [...sampleRow(`${id}`), null];
  return { kind: "delete", ref: 0, old: { kind: "key", row } };
}

export function insertItem(order: number, what: string): Change {
  return { kind: "insert", ref: 1, after: sampleRow(`${order}`, what) };
}

export function event(
  kind: Extract<Change, { kind: "event" }>["event"],
  name: string,
  body: object = {},
): Change {
  const bytes = Buffer.from(JSON.stringify(body));
  return { kind: "event", event: kind, name, body: bytes };
}

/**
 * seq 1 and 2 before any base; base at 2; 3 a marker; 4 an UPDATE of all rows by somebody; 5 a heartbeat; 6 DDL of items, which
 * ends its history; 7 an item in the new stretch.
 */
export async function fillSampleOrders(archive: SampleArchive): Promise<void> {
  await archive.segment(
    transaction([insertOrder(1), insertItem(1, "tea")]),
    transaction([insertOrder(2)], [insertOrder(3)]),
  );
  await archive.base(
    {
      shape: ORDERS_SHAPE,
      parts: [["1\tnote 1", "2\tnote 2"], ["3\tnote 3"]],
    },
    { shape: ITEMS_SHAPE, parts: [["1\ttea"]] },
  );
  await archive.segment(
    transaction([event("marker", "before-release")]),
    transaction(
      [
        event("context", "tidemark.context", { user: "alice" }),
        updateOrder(1, "x"),
        updateOrder(2, "x"),
      ],
      [updateOrder(3, "x")],
    ),
    transaction([event("heartbeat", "idle")]),
  );
  await archive.segment(
    transaction([
      event("ddl", "ALTER TABLE", {
        tables: [ITEMS_SHAPE.table],
        objects: [{ type: "table", name: "public.items" }],
      }),
    ]),
    transaction([insertItem(2, "milk"), deleteOrder(3)]),
  );
}
