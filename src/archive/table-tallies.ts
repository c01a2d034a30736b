import type { TouchedTable } from "../core/journal-record.ts";
import type { Shape } from "../core/shape.ts";
import type { SegmentTable } from "./acts.ts";

interface Tally {
  readonly shape: Shape;
  readonly firstSeq: number;
  lastSeq: number;
  inserts: number;
  updates: number;
  deletes: number;
  readonly truncates: number[];
}

/** How often each table was touched, per shape: a second shape of a table is a second line. */
export class TableTallies {
  private readonly tallies = new Map<string, Tally>();

  add(seq: number, touched: TouchedTable, shape: Shape): void {
    // A shape's id covers its table.
    let tally = this.tallies.get(touched.shape);
    if (tally === undefined) {
      tally = {
        shape,
        firstSeq: seq,
        lastSeq: seq,
        inserts: 0,
        updates: 0,
        deletes: 0,
        truncates: [],
      };
      this.tallies.set(touched.shape, tally);
    }
    tally.lastSeq = seq;
    tally.inserts += touched.inserts;
    tally.updates += touched.updates;
    tally.deletes += touched.deletes;
    if (touched.truncates > 0 && tally.truncates.at(-1) !== seq)
      tally.truncates.push(seq);
  }

  /** By table, then by first use. */
  finish(): readonly SegmentTable[] {
    return [...this.tallies.values()]
      .map(({ shape, ...counts }) => ({
        table: shape.table,
        shape: shape.id,
        namespace: shape.namespace,
        name: shape.name,
        ...counts,
      }))
      .sort((a, b) => a.table - b.table || a.firstSeq - b.firstSeq);
  }
}
