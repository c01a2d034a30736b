import type { TableId } from "../core/shape.ts";
import { CopyLines } from "../format/copy-lines.ts";
import { RowDigest, type RowDigestValue } from "../format/row-digest.ts";
import { foldDamage } from "./fold-damage.ts";
import type { FoldedTableState, NetChange } from "./net-change.ts";
import { RowSink } from "./row-sink.ts";
import type { TableWindow } from "./table-change.ts";
import type { Turns } from "./turns.ts";

/** What became of the base's rows; complete once the rows were read to their end. */
export interface FoldCounts {
  replaced: number;
  removed: number;
  added: number;
  /** none: the table was truncated. unparsed: nothing changed, and the base went through as it is. */
  base: "joined" | "unparsed" | "none";
}

/** Before a row was read. */
export function beginCounts(): FoldCounts {
  return { replaced: 0, removed: 0, added: 0, base: "joined" };
}

export interface FoldedTable {
  /** COPY text, in chunks that end anywhere, each in a buffer that holds nothing else; read once. Throws ARCHIVE_DAMAGED when base and changes contradict each other. */
  readonly rows: AsyncIterable<Buffer>;
  readonly counts: FoldCounts;
  /** Of all rows, once they were read to their end. */
  digest(): RowDigestValue;
}

/** base ⊕ changes: a table's rows at the point. `base` is the COPY text of the table's own base; it may not be read at all. */
export function foldTable(
  netChange: NetChange,
  table: TableId,
  base: AsyncIterable<Buffer>,
): FoldedTable {
  const state = netChange.table(table);
  const counts = beginCounts();
  if (state.truncated) counts.base = "none";
  else if (state.change.isUntouched) counts.base = "unparsed";
  const { turns } = netChange;
  const rows = foldRows({ state, turns, counts }, base);
  return { counts, ...digested(rows, state.window) };
}

function digested(
  of: AsyncIterable<Buffer>,
  window: TableWindow,
): Pick<FoldedTable, "rows" | "digest"> {
  let found: RowDigestValue | undefined;
  async function* rows(): AsyncGenerator<Buffer, void, undefined> {
    const digest = new RowDigest();
    for await (const chunk of of) {
      digest.add(chunk);
      yield chunk;
    }
    try {
      found = digest.finish();
    } catch (cause) {
      throw unreadableBase(window, cause);
    }
  }
  return {
    rows: rows(),
    digest: () => {
      if (found === undefined) throw new Error("the rows were not all read");
      return found;
    },
  };
}

async function* foldRows(
  of: { state: FoldedTableState; turns: Turns; counts: FoldCounts },
  base: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  const { state, counts } = of;
  if (counts.base === "unparsed") {
    yield* base;
    return;
  }
  // Before anything is read: the filter of the base and the partitions need memory that is there for one table at a time.
  using _turn = state.change.isSpilled ? await of.turns.take() : undefined;
  const sink = new RowSink();
  const join = state.change.join(sink);
  if (counts.base === "joined") {
    const lines = new CopyLines((line) => {
      if (join.keeps(line)) sink.passLine(line);
    });
    try {
      for await (const chunk of base) {
        lines.push(chunk);
        sink.endRun();
        if (sink.hasChunks) yield* sink.takeChunks();
      }
      lines.finish();
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw unreadableBase(state.window, cause);
    }
    join.endBase();
  }
  while (join.writeRest()) yield* sink.takeChunks();
  yield* sink.finish();
  Object.assign(counts, join.counts);
}

function unreadableBase(
  { shape, baseSeq: seq }: TableWindow,
  cause: unknown,
): Error {
  return foldDamage({ shape, seq }, "its base cannot be read", cause);
}
