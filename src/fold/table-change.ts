import type { Shape } from "../core/shape.ts";
import type { Span } from "../format/span.ts";
import type { ChangeScanner } from "./change-scanner.ts";
import type { RowSink } from "./row-sink.ts";
import type { SpillSpace } from "./spill-space.ts";

/** A table, and which of its transactions are folded: those after its base, up to the point. */
export interface TableWindow {
  readonly shape: Shape;
  /** Of the table's own base. */
  readonly baseSeq: number;
  readonly throughSeq: number;
}

/** The net change of one table, fed newest-first. Identity decides which of three kinds it is. */
export interface TableChange {
  /** No change was seen: the base is the table. */
  readonly isUntouched: boolean;
  /** The rows and last images that it has; what was spilled several times counts as often. */
  readonly keys: number;
  /** What spilling would give back. */
  readonly heldBytes: number;
  /** Something was spilled: the join folds partitions, and takes memory for it. */
  readonly isSpilled: boolean;
  /** Writes down what is held, and begins anew with nothing. */
  spill(space: SpillSpace): void;
  /** `item` is the index of the item's fields; throws ARCHIVE_DAMAGED when it contradicts newer ones. */
  apply(scan: ChangeScanner, item: number, seq: number): void;
  /** Everything older is dead. Throws ARCHIVE_DAMAGED when a newer change needs an older row. */
  truncate(seq: number): void;
  join(sink: RowSink): TableJoin;
}

export interface JoinCounts {
  replaced: number;
  removed: number;
  added: number;
}

/** The base's rows pass once through it; what the changes made of them goes into the sink. */
export interface TableJoin {
  /** Changed, new and removed rows so far. */
  readonly counts: JoinCounts;
  /** True: the row stays as it is. False: it was replaced or removed. */
  keeps(line: Span): boolean;
  /** After the last row of the base: throws ARCHIVE_DAMAGED when rows are missing in it. */
  endBase(): void;
  /** Writes rows that are not in the base until the sink has something to give; false: there are no more. */
  writeRest(): boolean;
}
