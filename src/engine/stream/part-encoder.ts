import { randomInt } from "node:crypto";
import type { Change } from "../../core/change.ts";
import type { TouchedTable } from "../../core/journal-record.ts";
import type { Shape } from "../../core/shape.ts";
import { AvroWriter } from "../../format/avro-writer.ts";
import { writeChange } from "../../format/change-codec.ts";
import type { SourcePart } from "../change-source.ts";

/** A part is cut once it holds this many bytes: the size at which journal and Kafka are at their best. */
export const PART_BYTES = 256 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/** A table as a stream describes it, with the counters of the part that is being made. */
export interface CountedTable {
  readonly shape: Shape;
  /** Number of the transaction that `ref` belongs to. */
  transaction: number;
  ref: number;
  inserts: number;
  updates: number;
  deletes: number;
  truncates: number;
}

/** What a table has before the first change. */
export const UNCOUNTED = {
  transaction: 0,
  ref: 0,
  inserts: 0,
  updates: 0,
  deletes: 0,
  truncates: 0,
} as const;

/**
 * Cuts the changes of one transaction after the other into parts. An engine writes a row's change into `items` itself, after `touch`
 * and before `added`. Throws RangeError on what no log has. Hot.
 */
export class PartEncoder {
  readonly items = new AvroWriter(CHUNK_BYTES);
  private readonly emit: (part: SourcePart) => void;
  private count = 0;
  /** Of the part that is being made. */
  private readonly touched: CountedTable[] = [];
  /** Of the transaction, by ref. */
  private readonly tables: CountedTable[] = [];
  private part = 0;
  private transaction = randomInt(2 ** 40);
  private xid: string | undefined;

  constructor(emit: (part: SourcePart) => void) {
    this.emit = emit;
  }

  get inTransaction(): boolean {
    return this.xid !== undefined;
  }

  /** How many parts of this transaction were emitted, and how many tables have a ref. */
  get parts(): number {
    return this.part;
  }

  get refs(): number {
    return this.tables.length;
  }

  get isEmpty(): boolean {
    return this.count === 0 && this.part === 0;
  }

  begin(xid: string): void {
    if (this.xid !== undefined)
      throw new RangeError("a transaction inside a transaction");
    this.xid = xid;
    this.transaction++;
    this.tables.length = 0;
    this.part = 0;
  }

  /** The table's ref in this transaction. */
  touch(table: CountedTable): number {
    if (this.xid === undefined)
      throw new RangeError("a change outside a transaction");
    if (table.transaction !== this.transaction) {
      table.transaction = this.transaction;
      table.ref = this.tables.length;
      this.tables.push(table);
      this.touched.push(table);
    } else if (
      table.inserts + table.updates + table.deletes + table.truncates === 0 &&
      !this.touched.includes(table)
    ) {
      this.touched.push(table);
    }
    return table.ref;
  }

  truncate(
    tables: readonly CountedTable[],
    options: { readonly cascade: boolean; readonly restartIdentity: boolean },
  ): void {
    const refs = tables.map((table) => this.touch(table));
    for (const table of tables) table.truncates++;
    writeChange(this.items, { kind: "truncate", refs, ...options });
    this.added();
  }

  event(event: Change & { kind: "event" }): void {
    if (this.xid === undefined)
      throw new RangeError("an event outside a transaction");
    writeChange(this.items, event);
    this.added();
  }

  /** One change was written. */
  added(): void {
    this.count++;
    if (this.items.size >= PART_BYTES) this.cut(undefined);
  }

  /** Nothing comes of a transaction in which nothing was written: it takes no seq. */
  commit(commit: NonNullable<SourcePart["commit"]>): void {
    if (this.xid === undefined)
      throw new RangeError("a commit without a transaction");
    if (!this.isEmpty) this.cut(commit);
    this.xid = undefined;
  }

  /** What was written since the last cut becomes a part now. */
  flush(): void {
    if (this.count > 0) this.cut(undefined);
  }

  /** Back to where so many parts were emitted and so many tables had a ref: what came since was not, or is taken back by who got it. */
  rewind(to: { readonly parts: number; readonly refs: number }): void {
    this.items.clear();
    this.count = 0;
    for (const table of this.touched) takeCounts(table);
    this.touched.length = 0;
    for (const table of this.tables.splice(to.refs)) table.transaction = 0;
    this.part = to.parts;
  }

  /** Forgets the transaction. */
  abandon(): void {
    this.rewind({ parts: 0, refs: 0 });
    this.xid = undefined;
  }

  private cut(commit: SourcePart["commit"]): void {
    const { xid } = this;
    if (xid === undefined) throw new RangeError("a part outside a transaction");
    const tables = this.touched.map(takeCounts);
    if (tables.length > 1) tables.sort((a, b) => a.ref - b.ref);
    this.touched.length = 0;
    const items = { count: this.count, bytes: this.items.cut() };
    this.count = 0;
    this.emit({ xid, part: this.part++, tables, items, commit });
  }
}

function takeCounts(table: CountedTable): TouchedTable {
  const { ref, inserts, updates, deletes, truncates } = table;
  table.inserts = 0;
  table.updates = 0;
  table.deletes = 0;
  table.truncates = 0;
  return {
    ref,
    table: table.shape.table,
    shape: table.shape.id,
    inserts,
    updates,
    deletes,
    truncates,
  };
}
