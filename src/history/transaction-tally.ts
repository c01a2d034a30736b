import type { EventKind } from "../core/change.ts";
import { TidemarkError } from "../core/errors.ts";
import type { Micros } from "../core/instant.ts";
import type { EncodedPart, PartHeader } from "../core/journal-record.ts";
import { formatPosition } from "../core/position.ts";
import { tableLabel, type Shape, type ShapeId } from "../core/shape.ts";
import { decodeChanges } from "../format/change-codec.ts";
import { partItems } from "../format/part-header.ts";
import type { RowKey } from "./row-key.ts";

/** Of one transaction at most so many are kept; the others are counted. */
const EVENTS_KEPT = 100;

export interface LoggedTable {
  readonly table: string;
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  readonly truncates: number;
}

export interface LoggedEvent {
  readonly kind: EventKind;
  readonly name: string;
  /** The body's JSON, or its text where that is none. */
  readonly body: string | Readonly<Record<string, unknown>>;
}

export interface LoggedTransaction {
  readonly seq: number;
  readonly xid: string;
  readonly position: string;
  readonly committedAt: Micros;
  readonly rawCommittedAt: Micros;
  /** Rows inserted, updated and deleted. */
  readonly rows: number;
  readonly tables: readonly LoggedTable[];
  readonly events: readonly LoggedEvent[];
  /** Events beyond those. */
  readonly moreEvents: number;
}

/** Which rows of which tables are asked for; undefined: any. */
export interface RowFilter {
  readonly tables: ReadonlySet<string> | undefined;
  readonly key: RowKey | undefined;
}

/** Which transactions are asked for. */
export interface TransactionFilter extends RowFilter {
  /** Only those with a context that this takes. */
  readonly context: ((body: LoggedEvent["body"]) => boolean) | undefined;
  /** Whether Tidemark's own, heartbeats and readings of sequences, count. */
  readonly own: boolean;
}

/** Collects one transaction from its parts. Only what a header does not tell is decoded. */
export class TransactionTally {
  private readonly shapes: ReadonlyMap<ShapeId, Shape>;
  private readonly filter: TransactionFilter;
  private readonly tables = new Map<
    number,
    { -readonly [K in keyof LoggedTable]: LoggedTable[K] }
  >();
  private readonly events: LoggedEvent[] = [];
  private eventCount = 0;
  private rows = 0;
  private touched = false;
  private contextFits = false;
  private isOwn = true;

  constructor(shapes: ReadonlyMap<ShapeId, Shape>, filter: TransactionFilter) {
    this.shapes = shapes;
    this.filter = filter;
  }

  /** After the last part. */
  get isAskedFor(): boolean {
    const { tables, key, context, own } = this.filter;
    return (
      (this.touched || (tables === undefined && key === undefined)) &&
      (this.contextFits || context === undefined) &&
      (own || !this.isOwn || this.tables.size > 0)
    );
  }

  add(part: EncodedPart): void {
    const shapeOf = shapesOfPart(part.header, this.shapes, this.filter);
    let rows = 0;
    for (const touched of part.header.tables) {
      rows += this.addTable(touched);
      if (this.filter.key === undefined && shapeOf(touched.ref) !== undefined)
        this.touched = true;
    }
    this.rows += rows;
    const items = partItems(part);
    const { key } = this.filter;
    const mayTouch =
      key !== undefined &&
      !this.touched &&
      part.header.tables.some(({ ref }) => shapeOf(ref) !== undefined);
    if (rows === items.count && !mayTouch) return;
    for (const change of decodeChanges(items.bytes)) {
      if (change.kind === "event") this.addEvent(change);
      else if (mayTouch && key.isTouchedBy(change, shapeOf))
        this.touched = true;
    }
  }

  /** After the last part. */
  finish({ seq, xid, commit }: PartHeader): LoggedTransaction {
    if (commit === undefined)
      throw new TidemarkError("INTERNAL", `transaction ${seq} has not ended`);
    return {
      seq,
      xid,
      position: formatPosition(commit.position),
      committedAt: commit.committedAt,
      rawCommittedAt: commit.rawCommittedAt,
      rows: this.rows,
      tables: [...this.tables.values()],
      events: this.events,
      moreEvents: this.eventCount - this.events.length,
    };
  }

  private addTable(touched: PartHeader["tables"][number]): number {
    const { table, shape, inserts, updates, deletes, truncates } = touched;
    const sum = this.tables.get(table);
    if (sum === undefined) {
      const label = tableLabel(requireShape(this.shapes, shape));
      this.tables.set(table, {
        table: label,
        inserts,
        updates,
        deletes,
        truncates,
      });
    } else {
      sum.inserts += inserts;
      sum.updates += updates;
      sum.deletes += deletes;
      sum.truncates += truncates;
    }
    return inserts + updates + deletes;
  }

  private addEvent(event: {
    readonly event: EventKind;
    readonly name: string;
    readonly body: Uint8Array;
  }): void {
    const { event: kind, name } = event;
    const body = readBody(event.body);
    this.isOwn &&= kind === "heartbeat" || kind === "sequence";
    this.contextFits ||=
      kind === "context" && this.filter.context?.(body) === true;
    this.eventCount += 1;
    if (this.events.length < EVENTS_KEPT)
      this.events.push({ kind, name, body });
  }
}

/** The shapes of a part's refs, as far as they are of tables that the filter asks for. */
export function shapesOfPart(
  header: PartHeader,
  shapes: ReadonlyMap<ShapeId, Shape>,
  filter: Pick<RowFilter, "tables">,
): (ref: number) => Shape | undefined {
  const byRef = new Map<number, Shape>();
  for (const { ref, shape: id } of header.tables) {
    const shape = requireShape(shapes, id);
    if (filter.tables?.has(tableLabel(shape)) ?? true) byRef.set(ref, shape);
  }
  return (ref) => byRef.get(ref);
}

function requireShape(shapes: ReadonlyMap<ShapeId, Shape>, id: ShapeId): Shape {
  const shape = shapes.get(id);
  if (shape !== undefined) return shape;
  throw new TidemarkError(
    "ARCHIVE_DAMAGED",
    `a segment uses shape ${id} and does not hold it`,
    { hint: "`tidemark verify` names the segment" },
  );
}

function readBody(bytes: Uint8Array): LoggedEvent["body"] {
  const text = Buffer.from(bytes).toString("utf8");
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null && !Array.isArray(json)
      ? (json as Readonly<Record<string, unknown>>)
      : text;
  } catch {
    // An application may write what it likes.
    return text;
  }
}
