import { TidemarkError } from "../core/errors.ts";
import type { EncodedPart, TouchedTable } from "../core/journal-record.ts";
import { tableLabel, type Shape, type TableId } from "../core/shape.ts";
import {
  EVENT_BRANCH,
  TRUNCATE_BRANCH,
  readChange,
} from "../format/change-codec.ts";
import { AvroReader } from "../format/avro-reader.ts";
import { AppendedRows } from "./appended-rows.ts";
import { Arena } from "./arena.ts";
import { AT, ChangeScanner, ITEM_FIELDS, KIND, REF } from "./change-scanner.ts";
import { foldDamage } from "./fold-damage.ts";
import { KeyedChange } from "./keyed-change.ts";
import { MemoryBudget } from "./memory-budget.ts";
import { MultisetChange } from "./multiset-change.ts";
import { rowLayout, type RowLayout } from "./row-layout.ts";
import { SpillFile } from "./spill-file.ts";
import type { TableChange, TableWindow } from "./table-change.ts";
import { Turns } from "./turns.ts";

export interface NetChangeOptions {
  /** Changes of other tables are passed over. */
  readonly tables: readonly TableWindow[];
  readonly memoryBytes: number;
  /** Where to put what does not fit into memory; undefined: it must fit. */
  readonly workFolder: string | undefined;
}

/** Of the memory: beyond it the largest table is spilled; the rest is for its partitions. */
const HELD_SHARE = 0.5;

export interface NetChangeStats {
  /** Fed and inside some table's window. */
  readonly parts: number;
  readonly changes: number;
  /** Keys or rows that are held. */
  readonly keys: number;
  readonly bytes: number;
  readonly spilledBytes: number;
}

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
  /** Tables that fold partitions in memory do it one after the other. */
  readonly turns = new Turns();
  private readonly tables = new Map<TableId, FoldedTableState>();
  private readonly budget: MemoryBudget;
  private readonly scanner = new ChangeScanner();
  private last: { readonly seq: number; readonly part: number } | undefined;
  private readonly spillFile: SpillFile | undefined;
  private parts = 0;
  private changes = 0;
  /** By ref, of the part that is folded. */
  private touched: (FoldedTableState | undefined)[] = [];

  constructor(options: NetChangeOptions) {
    this.budget = new MemoryBudget(options.memoryBytes);
    if (options.workFolder !== undefined)
      this.spillFile = new SpillFile(options.workFolder);
    const memory = { arena: new Arena(this.budget), budget: this.budget };
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
        change: tableChange(shape, memory),
        truncated: false,
      });
    }
  }

  /**
   * Whole transactions, newest first, and of each the last part first. Parts outside of every table's window are passed over.
   */
  addPart(part: EncodedPart): void {
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
    if (this.budget.bytes > this.budget.limitBytes * HELD_SHARE)
      this.spillLargest();
  }

  /** From here on new keys of all tables go to the disk. */
  spill(): void {
    for (const { change } of this.tables.values()) this.spillTable(change);
  }

  [Symbol.dispose](): void {
    this.spillFile?.[Symbol.dispose]();
  }

  stats(): NetChangeStats {
    let keys = 0;
    for (const { change } of this.tables.values()) keys += change.keys;
    const { parts, changes } = this;
    const spilledBytes = this.spillFile?.bytes ?? 0;
    return { parts, changes, keys, bytes: this.budget.bytes, spilledBytes };
  }

  table(table: TableId): FoldedTableState {
    const state = this.tables.get(table);
    if (state === undefined)
      throw new TidemarkError("INTERNAL", `table ${table} is not folded`);
    return state;
  }

  private spillLargest(): void {
    let largest: TableChange | undefined;
    for (const { change } of this.tables.values())
      if (change.heldBytes > (largest?.heldBytes ?? 0)) largest = change;
    if (largest !== undefined) this.spillTable(largest);
  }

  private spillTable(change: TableChange): void {
    if (this.spillFile !== undefined)
      change.spill({ file: this.spillFile, budget: this.budget });
  }

  private checkOrder(part: EncodedPart): void {
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
    if (touched.shape === shape.id) return state;
    throw new TidemarkError(
      "ARCHIVE_GAP",
      `the columns of ${tableLabel(shape)} were others at transaction ${seq}: its changes cannot be folded across that`,
      { hint: "choose a point before it, or take a base and choose one after" },
    );
  }

  private scan(part: EncodedPart): void {
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
    for (let n = scanner.count - 1; n >= 0; n--) {
      const item = n * ITEM_FIELDS;
      const kind = fields[item + KIND];
      if (kind === TRUNCATE_BRANCH) {
        this.truncate(seq, fields[item + AT] as number);
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

function tableChange(
  shape: Shape,
  memory: { arena: Arena; budget: MemoryBudget },
): TableChange {
  switch (shape.identity) {
    case "KEY":
      return new KeyedChange(shape, memory);
    case "WHOLE_ROW":
      return new MultisetChange(shape, memory);
    case "NONE":
      return new AppendedRows(shape, memory);
  }
}
