import {
  ABSENT,
  UNCHANGED,
  type Change,
  type Value,
} from "../../src/core/change.ts";
import type { EncodedPart } from "../../src/core/journal-record.ts";
import type { Shape } from "../../src/core/shape.ts";
import { foldTable } from "../../src/fold/fold-table.ts";
import { createNetChange, type NetChange } from "../../src/fold/net-change.ts";
import { sampleParts, sampleRow, sampleShape } from "./sample-records.ts";

/** A table with a key. */
export const orders = sampleShape({
  table: 1,
  name: "orders",
  identity: "KEY",
  columns: ["id*", "note", "big"],
});
/** A table without one. */
export const bag = sampleShape({
  table: 2,
  name: "bag",
  identity: "WHOLE_ROW",
  columns: ["a", "b"],
});

export function after(...values: string[]): Value[] {
  return values.map((value) =>
    value === "U" ? UNCHANGED : (sampleRow(value)[0] ?? null),
  );
}

export function insert(...values: string[]): Change {
  return { kind: "insert", ref: 0, after: after(...values) };
}

export function update(...values: string[]): Change {
  return {
    kind: "update",
    ref: 0,
    old: { kind: "none" },
    after: after(...values),
  };
}

function key(id: string): { readonly kind: "key"; readonly row: Value[] } {
  return { kind: "key", row: [Buffer.from(id), ABSENT, ABSENT] };
}

export function move(from: string, ...values: string[]): Change {
  return { kind: "update", ref: 0, old: key(from), after: after(...values) };
}

export function remove(id: string): Change {
  return { kind: "delete", ref: 0, old: key(id) };
}

export const truncate: Change = {
  kind: "truncate",
  refs: [0],
  cascade: false,
  restartIdentity: false,
};

/** One transaction per change. */
export function partsOf(
  changes: readonly Change[],
  of = orders,
): EncodedPart[] {
  return changes.flatMap((change, n) =>
    sampleParts({ seq: n + 1, shapes: [of], parts: [[change]] }),
  );
}

export function netChangeOf(
  parts: readonly EncodedPart[],
  of: { shape?: Shape; baseSeq?: number; memoryBytes?: number } = {},
): NetChange {
  const netChange = createNetChange({
    tables: [
      {
        shape: of.shape ?? orders,
        baseSeq: of.baseSeq ?? 0,
        throughSeq: 1_000_000,
      },
    ],
    memoryBytes: of.memoryBytes ?? 64 * 1024 * 1024,
    workFolder: undefined,
  });
  for (const part of parts.toReversed()) netChange.addPart(part);
  return netChange;
}

export async function read(netChange: NetChange, base: string, table = 1) {
  async function* chunks() {
    if (base.length > 0) yield Buffer.from(base);
  }
  const folded = foldTable(netChange, table, chunks());
  const found: Buffer[] = [];
  for await (const chunk of folded.rows) found.push(chunk);
  return { text: Buffer.concat(found).toString(), counts: folded.counts };
}

export async function fold(changes: readonly Change[], base: string) {
  return (await read(netChangeOf(partsOf(changes)), base)).text;
}
