import { tableLabel, type TableId, type ShapeId } from "../core/shape.ts";
import { hasRows } from "../core/journal-record.ts";
import type {
  CatalogState,
  NumberedBase,
  NumberedGap,
} from "./catalog-state.ts";
import { isInGap } from "./gaps.ts";

/** A table's rows at one seq, in a base. */
export interface TableBaseRef {
  readonly base: NumberedBase;
  readonly seq: number;
  readonly shape: ShapeId;
  readonly namespace: string;
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  readonly rawBytes: number;
}

/** Why a table's rows from before `seq` say nothing about it from `seq` on. */
export interface HistoryEnd {
  readonly seq: number;
  readonly why: string;
}

/**
 * Where the histories of tables end, derived from the segments' entries alone: a DDL event that names the table, or changes
 * that were written in another shape. Nothing is written down for it, so no crash can come between the two.
 */
export class TableHistories {
  private readonly state: CatalogState;
  /** Bases that were not read inside a gap. */
  private readonly sound: readonly NumberedBase[];
  private readonly bases = new Map<TableId, TableBaseRef[]>();
  private readonly ends = new Map<TableId, HistoryEnd[]>();
  private readonly everyEnd: HistoryEnd[] = [];
  /** Every DDL event: definitions do not cross any. */
  private readonly ddl: number[] = [];
  private readonly shapes = new Map<
    TableId,
    { readonly seq: number; readonly shape: ShapeId }[]
  >();

  constructor(state: CatalogState) {
    this.state = state;
    this.sound = state.bases.filter((base) => !isInGap(base, state.gaps));
    for (const base of this.sound) this.addBase(base);
    for (const gap of state.gaps) this.addGap(gap);
    for (const refs of this.bases.values()) refs.sort((a, b) => a.seq - b.seq);
    for (const segment of state.segments) {
      for (const event of segment.events) {
        if (event.kind === "ddl")
          this.addDdl(event.seq, event.name, event.tables);
      }
      for (const table of segment.tables.filter(hasRows)) {
        push(this.shapes, table.table, {
          seq: table.firstSeq,
          shape: table.shape,
        });
      }
    }
  }

  private addBase(base: NumberedBase): void {
    for (const table of base.tables)
      push(this.bases, table.table, { base, ...table });
  }

  /** Rows and definitions of before say nothing of what follows: changes and DDL may not have been sent. */
  private addGap({ afterSeq, code }: NumberedGap): void {
    const seq = afterSeq + 1;
    this.ddl.push(seq);
    this.everyEnd.push({ seq, why: `${code} before transaction ${seq}` });
  }

  private addDdl(
    seq: number,
    tag: string,
    tables: readonly TableId[] | null | undefined,
  ): void {
    this.ddl.push(seq);
    const end = { seq, why: `${tag} at transaction ${seq}` };
    if (tables === null || tables === undefined) this.everyEnd.push(end);
    else for (const table of tables) push(this.ends, table, end);
  }

  /** The newest base of a table at or before `seq`, unless the table's history ended in between. */
  baseAt(table: TableId, seq: number): TableBaseRef | HistoryEnd | undefined {
    const base = this.bases.get(table)?.findLast((ref) => ref.seq <= seq);
    if (base === undefined) return undefined;
    return this.endBetween(table, base, seq) ?? base;
  }

  private endBetween(
    table: TableId,
    base: TableBaseRef,
    through: number,
  ): HistoryEnd | undefined {
    const within = (end: { readonly seq: number }) =>
      end.seq > base.seq && end.seq <= through;
    const named =
      this.ends.get(table)?.find(within) ?? this.everyEnd.find(within);
    if (named !== undefined) return named;
    const other = this.shapes
      .get(table)
      ?.find((use) => within(use) && use.shape !== base.shape);
    return (
      other && {
        seq: other.seq,
        why: `other columns or another identity at transaction ${other.seq}`,
      }
    );
  }

  /** Whether no DDL lies between definitions read at `a` and a state at `b`. */
  sameDefinitions(a: number, b: number): boolean {
    const from = Math.min(a, b);
    const through = Math.max(a, b);
    return !this.ddl.some((seq) => seq > from && seq <= through);
  }

  /** The base whose definitions hold at `seq`: the newest before it, or else the oldest after it. */
  definitionsAt(seq: number): NumberedBase | undefined {
    const holds = (base: NumberedBase) =>
      this.sameDefinitions(base.definitions.seq, seq);
    return (
      this.sound.findLast(
        (base) => base.definitions.seq <= seq && holds(base),
      ) ?? this.sound.find((base) => base.definitions.seq > seq && holds(base))
    );
  }

  get range(): { readonly start: number; readonly head: number } {
    return { start: this.state.start.seq, head: this.state.head.seq };
  }

  /**
   * `schema.table` as it was called at `seq`: a base before it says that until DDL ends the history, and then the one that comes
   * without another DDL in between. A name may have been another table's before and after.
   */
  labelAt(table: TableId, seq: number): string {
    const refs = this.bases.get(table) ?? [];
    const base = this.baseAt(table, seq);
    const ref =
      base !== undefined && !("why" in base)
        ? base
        : (refs.find(
            (later) => later.seq > seq && this.sameDefinitions(later.seq, seq),
          ) ??
          refs.findLast((earlier) => earlier.seq <= seq) ??
          refs[0]);
    return ref === undefined ? `table ${table}` : tableLabel(ref);
  }

  /** The seqs at which what can be restored may change: between two of them it does not. */
  breakpoints(): number[] {
    const seqs = new Set<number>(this.ddl);
    for (const refs of this.bases.values())
      for (const ref of refs) seqs.add(ref.seq);
    for (const uses of this.shapes.values()) {
      for (const [index, use] of uses.entries()) {
        if (index > 0 && uses[index - 1]?.shape !== use.shape)
          seqs.add(use.seq);
      }
    }
    for (const base of this.sound) seqs.add(base.definitions.seq);
    return [...seqs]
      .filter((seq) => seq <= this.state.head.seq)
      .sort((a, b) => a - b);
  }

  /** Whether capture has to take new table bases or definitions: the reason, for the log. */
  needsBase(): string | undefined {
    const { seq } = this.state.head;
    const definitions = this.definitionsAt(seq);
    if (this.sound.length === 0) return "there is none yet";
    if (definitions === undefined) return "definitions changed";
    for (const table of definitions.definitions.tables) {
      const base = this.baseAt(table, seq);
      if (base === undefined) return `table ${table} has none`;
      if ("why" in base) return base.why;
    }
    return undefined;
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
