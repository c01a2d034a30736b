import type {
  SegmentAct,
  SegmentEvent,
  SegmentTable,
} from "../../src/archive/acts.ts";
import type {
  CatalogState,
  NumberedBase,
} from "../../src/archive/catalog-state.ts";

/** A shape's id; only compared. */
export const SHAPE = "a".repeat(32);
export const OTHER_SHAPE = "b".repeat(32);

const at = "2026-11-21T10:00:00.000000Z";
const object = { key: "orders/x", bytes: 10, sha256: "0".repeat(64) };

export interface SampleSegment {
  readonly first: number;
  readonly last: number;
  readonly events?: readonly SegmentEvent[];
  readonly tables?: readonly (Pick<SegmentTable, "table"> &
    Partial<SegmentTable>)[];
}

export interface SampleBase {
  /** Of the definitions, and of every table without a seq of its own. */
  readonly seq: number;
  readonly tables: Readonly<
    Record<
      number,
      {
        readonly seq?: number;
        readonly shape?: string;
        readonly name?: string;
      }
    >
  >;
  /** The captured tables of that moment; those of the base when there is nothing else to say. */
  readonly live?: readonly number[];
  readonly startedAt?: string;
}

/** What entries would fold into: for plans, which are pure. */
export function sampleState(history: {
  readonly segments: readonly SampleSegment[];
  readonly bases: readonly SampleBase[];
}): CatalogState {
  const segments = history.segments.map(sampleSegment);
  const last = segments.at(-1)?.last;
  const link = {
    seq: last?.seq ?? 0,
    position: last?.position ?? "0/0",
    rollingHash: "0".repeat(32),
  };
  return {
    entry: { n: 1, sha256: "0".repeat(64) },
    source: {
      name: "orders",
      engine: "postgres",
      version: "15.14",
      systemIdentifier: "1",
      timeline: 1,
      databaseOid: 5,
      incarnation: 1,
      preparation: "p",
      tables: [],
    },
    start: { seq: 0, position: "0/0", rollingHash: "0".repeat(32) },
    epoch: 1,
    head: { ...link, committedAt: at, rawCommittedAt: at },
    reread: link,
    progress: { position: link.position, at },
    proved: { seq: link.seq, position: link.position, at },
    incarnation: 1,
    segments,
    bases: history.bases.map(sampleBase),
    gaps: [],
    intents: [],
    restores: [],
    verifies: [],
  };
}

function sampleSegment({
  first,
  last,
  events,
  tables,
}: SampleSegment): SegmentAct {
  const link = (seq: number) => ({
    seq,
    position: `0/${seq.toString(16).toUpperCase()}`,
    rollingHash: "0".repeat(32),
  });
  return {
    act: "segment",
    epoch: 1,
    incarnation: 1,
    object: { ...object, rawBytes: 10, records: 1 },
    first: { seq: first, committedAt: at, rawCommittedAt: at },
    last: { ...link(last), committedAt: at, rawCommittedAt: at, xid: "1" },
    before: link(first - 1),
    reread: link(last - 1),
    progress: { position: link(last).position, at },
    proved: true,
    tables: (tables ?? []).map((table) => ({
      shape: SHAPE,
      namespace: "public",
      name: `t${table.table}`,
      firstSeq: first,
      lastSeq: last,
      inserts: 1,
      updates: 0,
      deletes: 0,
      truncates: [],
      ...table,
    })),
    events: events ?? [],
    clockBack: [],
  };
}

function sampleBase(base: SampleBase, index: number): NumberedBase {
  const tables = Object.entries(base.tables).map(
    ([id, { seq, shape, name }]) => ({
      table: Number(id),
      shape: shape ?? SHAPE,
      namespace: "public",
      name: name ?? `t${id}`,
      seq: seq ?? base.seq,
      rows: 1,
      bytes: 10,
      rawBytes: 10,
    }),
  );
  return {
    act: "base",
    base: `base${index}`,
    kind: "live",
    incarnation: 1,
    manifest: object,
    definitions: {
      ...object,
      seq: base.seq,
      position: `0/${base.seq.toString(16).toUpperCase()}`,
      tables: base.live ?? tables.map(({ table }) => table),
    },
    seq: { min: base.seq, max: base.seq },
    tables,
    rows: 1,
    bytes: 10,
    rawBytes: 10,
    startedAt: base.startedAt ?? at,
    finishedAt: at,
    n: index + 1,
    at,
  };
}
