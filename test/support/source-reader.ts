import { isAtOrBefore, type Position } from "../../src/core/position.ts";
import type { Shape } from "../../src/core/shape.ts";
import type {
  ChangeSource,
  SourceItem,
} from "../../src/engine/change-source.ts";
import { decodeChanges } from "../../src/format/change-codec.ts";
import { partsOf } from "./decode-stream.ts";

/** A transaction as a test looks at it: every row as text, NULL as null, what was not sent as a symbol. */
export interface ReadTransaction {
  readonly xid: string;
  readonly position: Position;
  readonly rows: readonly ReadRow[];
}

export interface ReadRow {
  readonly kind: string;
  readonly table: string;
  readonly values: readonly (string | null | symbol)[];
}

const PATIENCE_MS = 30_000;

/** Reads a source as far as a test asks, and keeps everything, in order; what it reads must be in order. */
export class SourceReader implements AsyncDisposable {
  readonly items: SourceItem[] = [];
  /** Bytes of changes of each batch. */
  readonly batches: number[] = [];
  private readonly source: ChangeSource;
  private readonly stop = new AbortController();
  private readonly iterator: AsyncIterator<readonly SourceItem[]>;

  constructor(source: ChangeSource, after: Position, signal?: AbortSignal) {
    this.source = source;
    const signals = [this.stop.signal];
    if (signal !== undefined) signals.push(signal);
    const batches = source.read(after, AbortSignal.any(signals));
    this.iterator = batches[Symbol.asyncIterator]();
  }

  async next(): Promise<void> {
    const result = await this.iterator.next();
    if (result.done === true)
      throw new Error("a source that ended without an error");
    const { value } = result;
    this.batches.push(
      partsOf(value).reduce((sum, part) => sum + part.items.bytes.length, 0),
    );
    for (const item of value) {
      this.check(item);
      this.items.push(item);
    }
  }

  /** Until it holds; fails with what it waited for after a time that only a broken source needs. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const timer = setTimeout(
      () => this.stop.abort(new Error(`never: ${what}`)),
      PATIENCE_MS,
    );
    try {
      while (!holds()) await this.next();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Until so many transactions were read in all. */
  async transactions(count: number): Promise<readonly ReadTransaction[]> {
    await this.until(`${count} transactions`, () => this.commits >= count);
    return this.read;
  }

  private get commits(): number {
    return partsOf(this.items).filter(({ commit }) => commit !== undefined)
      .length;
  }

  get read(): readonly ReadTransaction[] {
    const labels = new Map(
      this.items.flatMap((item) =>
        item.kind === "shape" ? [[item.shape.id, item.shape] as const] : [],
      ),
    );
    return readTransactions(this.items, labels);
  }

  /** The positions that the source says it has passed. */
  get progress(): readonly Position[] {
    return this.items.flatMap((item) =>
      item.kind === "progress" ? [item.position] : [],
    );
  }

  hasPassed(position: Position): boolean {
    return this.progress.some((one) => isAtOrBefore(position, one));
  }

  private check(item: SourceItem): void {
    const last = this.items.findLast((one) => one.kind !== "shape");
    if (item.kind === "progress") {
      if (last?.kind === "part" && last.commit === undefined)
        throw new Error("progress inside a transaction");
      const before = positionOf(last);
      if (before !== undefined && !isAtOrBefore(before, item.position))
        throw new Error("progress that goes back");
    }
    if (item.kind !== "part") return;
    const inside = last?.kind === "part" && last.commit === undefined;
    if (item.part !== (inside ? last.part + 1 : 0))
      throw new Error(`part ${item.part}, ${inside ? "inside" : "first"}`);
    const passed = this.items.findLast((one) => positionOf(one) !== undefined);
    const before = positionOf(passed);
    if (
      item.commit !== undefined &&
      before !== undefined &&
      isAtOrBefore(item.commit.position, before)
    )
      throw new Error("a transaction that ends before what came before it");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.source[Symbol.asyncDispose]();
  }
}

function positionOf(item: SourceItem | undefined): Position | undefined {
  if (item?.kind === "progress") return item.position;
  return item?.kind === "part" ? item.commit?.position : undefined;
}

function readTransactions(
  items: readonly SourceItem[],
  shapes: ReadonlyMap<string, Shape>,
): readonly ReadTransaction[] {
  const transactions: ReadTransaction[] = [];
  let rows: ReadRow[] = [];
  const tables = new Map<number, string>();
  for (const part of partsOf(items)) {
    if (part.part === 0) {
      rows = [];
      tables.clear();
    }
    for (const { ref, shape } of part.tables)
      tables.set(ref, shapes.get(shape)?.name ?? `an undescribed ${shape}`);
    for (const change of decodeChanges(part.items.bytes)) {
      if (change.kind === "event") {
        rows.push({ kind: change.event, table: change.name, values: [] });
      } else if (change.kind === "truncate") {
        for (const ref of change.refs)
          rows.push({
            kind: "truncate",
            table: tables.get(ref) ?? "?",
            values: [],
          });
      } else {
        const row = change.kind === "delete" ? change.old.row : change.after;
        rows.push({
          kind: change.kind,
          table: tables.get(change.ref) ?? "?",
          values: row.map((value) =>
            value instanceof Uint8Array
              ? Buffer.from(value).toString("utf8")
              : value,
          ),
        });
      }
    }
    if (part.commit !== undefined) {
      const { xid, commit } = part;
      transactions.push({ xid, position: commit.position, rows });
    }
  }
  return transactions;
}
