import { TidemarkError } from "../core/errors.ts";
import {
  hasRows,
  type PartOutline,
  type TouchedTable,
} from "../core/journal-record.ts";
import { tableLabel, type Shape, type TableId } from "../core/shape.ts";
import {
  EVENT_BRANCH,
  TRUNCATE_BRANCH,
  readChange,
} from "../format/change-codec.ts";
import { AvroReader } from "../format/avro-reader.ts";
import { AppendedRows } from "./appended-rows.ts";
import { AT, ChangeScanner, ITEM_FIELDS, KIND, REF } from "./change-scanner.ts";
import { foldDamage } from "./fold-damage.ts";
import { KeyedChange } from "./keyed-change.ts";
import { MemoryBudget } from "./memory-budget.ts";
import { MultisetChange } from "./multiset-change.ts";
import { rowLayout, type RowLayout } from "./row-layout.ts";
import { SpillSpace } from "./spill-space.ts";
import type { TableChange, TableWindow } from "./table-change.ts";
import { Turns } from "./turns.ts";

export interface NetChangeOptions {
  /** Changes of other tables are passed over. */
  readonly tables: readonly TableWindow[];
  readonly memoryBytes: number;
  /** Where to put what does not fit into memory; undefined: it must fit. */
  readonly workFolder: string | undefined;
}

export interface NetChangeStats {
  /** Fed and inside some table's window. */
  readonly parts: number;
  readonly changes: number;
  /** Keys or rows, where memory ended more than once those that were folded several times as often. */
  readonly keys: number;
  readonly bytes: number;
  readonly spilledBytes: number;
  /** Partitions that did not fit into memory and were split. */
  readonly splits: number;
}

const NO_SPACE = { writtenBytes: 0, splits: 0 };

/** A table while it is folded. */
export interface FoldedTableState {
  readonly window: TableWindow;
  readonly layout: RowLayout;
  readonly change: TableChange;
  /** A truncation was met: nothing older counts, and neither does the base. */
  truncated: boolean;
}

export function createNetChange(options: NetChangeOptions): NetChange {
  return new NetChange(options);
}

/** The last images of all that changed, from parts fed newest-first. Throws ARCHIVE_DAMAGED, ARCHIVE_GAP, MEMORY. */
export class NetChange implements Disposable {
  /** Spilled tables are folded one after the other. */
  readonly turns = new Turns();
  private readonly tables = new Map<TableId, FoldedTableState>();
  private readonly budget: MemoryBudget;
  private readonly scanner = new ChangeScanner();
  private last: { readonly seq: number; readonly part: number } | undefined;
  private readonly space: SpillSpace | undefined;
  private parts = 0;
  private changes = 0;
  /** By ref, of the part that is folded. */
  private touched: (FoldedTableState | undefined)[] = [];

  constructor(options: NetChangeOptions) {
    this.budget = new MemoryBudget(options.memoryBytes);
    if (options.workFolder !== undefined)
      this.space = new SpillSpace({
        folder: options.workFolder,
        budget: this.budget,
        tables: options.tables.length,
      });
    for (const window of options.tables) {
      const { shape } = window;
      if (this.tables.has(shape.table))
        throw new TidemarkError(
          "INTERNAL",
          `${tableLabel(shape)} is folded twice`,
        );
      this.tables.set(shape.table, {
        window,
        layout: rowLayout(shape),
        change: tableChange(shape, this.budget),
        truncated: false,
      });
    }
  }

  /**
   * Whole transactions, newest first, and of each the last part first. Parts outside of every table's window are passed over.
   */
  addPart(part: PartOutline): void {
    const { seq } = part.header;
    this.checkOrder(part);
    const touched: (FoldedTableState | undefined)[] = [];
    let any = false;
    for (const table of part.header.tables) {
      const state = this.stateInWindow(seq, table);
      touched[table.ref] = state;
      any ||= state !== undefined;
    }
    if (!any) return;
    this.touched = touched;
    this.scan(part);
    this.parts += 1;
    this.applyBackward(seq);
    this.makeRoom(0);
  }

  /** Writes down what all tables hold. */
  spill(): void {
    if (this.space === undefined) return;
    for (const { change } of this.tables.values()) change.spill(this.space);
  }

  [Symbol.dispose](): void {
    this.space?.[Symbol.dispose]();
  }

  stats(): NetChangeStats {
    let keys = 0;
    for (const { change } of this.tables.values()) keys += change.keys;
    const { parts, changes } = this;
    const { writtenBytes: spilledBytes, splits } = this.space ?? NO_SPACE;
    const { bytes } = this.budget;
    return { parts, changes, keys, bytes, spilledBytes, splits };
  }

  table(table: TableId): FoldedTableState {
    const state = this.tables.get(table);
    if (state === undefined)
      throw new TidemarkError("INTERNAL", `table ${table} is not folded`);
    return state;
  }

  /** Spills the largest tables until `bytes` more may be held, or nothing is left to spill. */
  private makeRoom(bytes: number): void {
    const { budget, space } = this;
    if (space === undefined) return;
    const limit = () =>
      space.writtenBytes === 0 ? budget.wholeBytes : budget.heldBytes;
    while (budget.bytes + bytes > limit()) {
      let largest: TableChange | undefined;
      for (const { change } of this.tables.values())
        if (change.heldBytes > (largest?.heldBytes ?? 0)) largest = change;
      if (largest === undefined) return;
      largest.spill(space);
    }
  }

  private checkOrder(part: PartOutline): void {
    const { seq, part: number, commit } = part.header;
    const { last } = this;
    const follows =
      last?.seq === seq
        ? number === last.part - 1
        : commit !== undefined &&
          (last === undefined || (seq < last.seq && last.part === 0));
    if (!follows)
      throw new TidemarkError(
        "INTERNAL",
        `part ${number} of transaction ${seq} is folded out of its order`,
      );
    this.last = { seq, part: number };
  }

  private stateInWindow(
    seq: number,
    touched: TouchedTable,
  ): FoldedTableState | undefined {
    const state = this.tables.get(touched.table);
    if (state === undefined || state.truncated) return undefined;
    const { shape, baseSeq, throughSeq } = state.window;
    if (seq <= baseSeq || seq > throughSeq) return undefined;
    if (touched.shape === shape.id || !hasRows(touched)) return state;
    throw new TidemarkError(
      "ARCHIVE_GAP",
      `the columns of ${tableLabel(shape)} were others at transaction ${seq}: its changes cannot be folded across that`,
      { hint: "choose a point before it, or take a base and choose one after" },
    );
  }

  private scan(part: PartOutline): void {
    const layouts = this.touched.map((state) => state?.layout);
    try {
      this.scanner.scan(part, layouts);
    } catch (cause) {
      throw this.unreadable(part.header.seq, cause);
    }
  }

  private applyBackward(seq: number): void {
    const { scanner, touched } = this;
    const { fields } = scanner;
    let end = scanner.bytes.length;
    for (let n = scanner.count - 1; n >= 0; n--) {
      const item = n * ITEM_FIELDS;
      const at = fields[item + AT] as number;
      this.makeRoom(end - at);
      end = at;
      const kind = fields[item + KIND];
      if (kind === TRUNCATE_BRANCH) {
        this.truncate(seq, at);
      } else if (kind !== EVENT_BRANCH) {
        const state = touched[fields[item + REF] as number];
        if (state === undefined || state.truncated) continue;
        this.changes += 1;
        state.change.apply(scanner, item, seq);
      }
    }
  }

  private truncate(seq: number, at: number): void {
    const change = readChange(new AvroReader(this.scanner.bytes, at));
    if (change.kind !== "truncate") return;
    for (const ref of change.refs) {
      const state = this.touched[ref];
      if (state === undefined || state.truncated) continue;
      this.changes += 1;
      state.change.truncate(seq);
      state.truncated = true;
    }
  }

  private unreadable(seq: number, cause: unknown): TidemarkError {
    if (cause instanceof TidemarkError) return cause;
    const shape = this.touched.find((state) => state !== undefined)?.window
      .shape as Shape;
    return foldDamage({ shape, seq }, "its changes cannot be read", cause);
  }
}

function tableChange(shape: Shape, budget: MemoryBudget): TableChange {
  switch (shape.identity) {
    case "KEY":
      return new KeyedChange(shape, budget);
    case "WHOLE_ROW":
      return new MultisetChange(shape, budget);
    case "NONE":
      return new AppendedRows(shape, budget);
  }
}
