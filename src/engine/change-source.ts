import type { TouchedTable } from "../core/journal-record.ts";
import type { Micros } from "../core/instant.ts";
import type { Position } from "../core/position.ts";
import type { Shape } from "../core/shape.ts";

/** A run of changes of one committed transaction, rows already encoded; capture puts the header before it. */
export interface SourcePart {
  readonly xid: string;
  /** 0, 1, 2 … within the transaction. */
  readonly part: number;
  readonly tables: readonly TouchedTable[];
  /** `count` items of the union `changes` in schemas/journal-record.v1.avsc, in a buffer of their own. */
  readonly items: { readonly count: number; readonly bytes: Uint8Array };
  /** On the last part only. */
  readonly commit:
    | { readonly position: Position; readonly rawCommittedAt: Micros }
    | undefined;
}

export type SourceItem =
  | ({ readonly kind: "part" } & SourcePart)
  /** The parts of the transaction before this came to nothing: what comes next begins another. */
  | { readonly kind: "abandoned" }
  /** Before the first part of this stream that uses it. */
  | { readonly kind: "shape"; readonly shape: Shape }
  /** Everything that ends at or before `position` was yielded before this; `at` is the source's clock. */
  | {
      readonly kind: "progress";
      readonly position: Position;
      readonly at: Micros;
    };

/** The log of one source, from a position on: committed transactions only, in commit order, without the empty ones. */
export interface ChangeSource extends AsyncDisposable {
  /**
   * Transactions that end after `after`, in batches bounded in bytes; what is not read is not taken from the source. May be
   * called once. Throws HISTORY_LOST, SOURCE_DIVERGED, SOURCE_UNREADABLE, SLOT_BUSY, SERVER_UNREACHABLE.
   */
  read(
    after: Position,
    signal: AbortSignal,
  ): AsyncIterable<readonly SourceItem[]>;
  /** The source may discard its log up to here. Never waits for the source. */
  acknowledge(position: Position): void;
}
