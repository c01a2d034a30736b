import type { Engine } from "../core/database-identity.ts";
import type { ShapeId, TableId } from "../core/shape.ts";
import type { Definitions } from "./definitions.ts";
import type { SequenceValue, TargetTable } from "./restore-target.ts";

/** Definitions and rows of one engine as another one takes them. */
export interface Mapping {
  readonly to: Engine;
  /** In the target's dialect. */
  readonly definitions: Definitions;
  readonly tables: ReadonlyMap<TableId, MappedTable>;
  /** What is not mapped, or not exactly: one line each, for people. */
  readonly remarks: readonly string[];
  /** Why it cannot be done, one line each; empty: it can. */
  readonly refusals: readonly string[];
  /** What the source's sequences were at becomes what the target's must not be behind. */
  sequences(values: readonly SequenceValue[]): readonly SequenceValue[];
}

export interface MappedTable {
  /** As the target has it. */
  readonly target: TargetTable;
  /** Of the rows that `convert` takes. */
  readonly source: ShapeId;
  /**
   * COPY text of the source's canonical values as COPY text of the target's; chunks may end anywhere. Throws TARGET_UNSUITABLE,
   * naming table and column, on a value that the target cannot hold as it is.
   */
  convert(rows: AsyncIterable<Uint8Array>): AsyncIterable<Buffer>;
}

/** Pure. */
export type PlanMapping = (definitions: Definitions, to: Engine) => Mapping;
