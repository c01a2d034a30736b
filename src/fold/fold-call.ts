import type { TableId } from "../core/shape.ts";
import type { RowDigestValue } from "../format/row-digest.ts";
import type { PackedError } from "../platform/packed-error.ts";
import type { FoldSummary, SegmentBlock } from "./fold.ts";
import type { FoldCounts } from "./fold-table.ts";

/** What a fold in another thread is asked. */
export type FoldCall =
  | { readonly call: "block"; readonly block: SegmentBlock }
  | { readonly call: "summary" }
  | { readonly call: "join"; readonly table: TableId }
  /** The next bytes of the base, answered when more may come; undefined: there are no more. */
  | {
      readonly call: "base";
      readonly table: TableId;
      readonly chunk: Uint8Array | undefined;
    }
  /** Its base cannot be read. */
  | {
      readonly call: "baseFailed";
      readonly table: TableId;
      readonly error: PackedError;
    }
  /** The next rows. */
  | { readonly call: "rows"; readonly table: TableId };

/** What is answered to which call. */
export interface FoldResults {
  readonly block: void;
  readonly summary: FoldSummary;
  readonly join: FoldCounts["base"];
  /** False: nobody wants more of it. */
  readonly base: boolean;
  readonly baseFailed: void;
  readonly rows: RowsOrEnd;
}

export interface RowsEnd {
  readonly counts: FoldCounts;
  readonly digest: RowDigestValue;
}

export type RowsOrEnd = { readonly chunk: Uint8Array } | RowsEnd;

export type FoldAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PackedError };
