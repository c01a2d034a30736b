import type { SegmentAct } from "../archive/acts.ts";
import type { CatalogState, NumberedBase } from "../archive/catalog-state.ts";
import { TidemarkError, type ErrorCode } from "../core/errors.ts";
import type { TableId } from "../core/shape.ts";

/** One thing that is wrong with an archive, and what can no longer be restored because of it. */
export interface Finding {
  readonly code: ErrorCode;
  /** The key of the object. */
  readonly object: string;
  readonly message: string;
  readonly affects: Affected;
}

export interface Affected {
  /** The points that need the object, both inclusive; null: up to the newest. Absent: nothing needs it. */
  readonly restores?: {
    readonly fromSeq: number;
    readonly throughSeq: number | null;
  };
  /** Only these tables. */
  readonly tables?: readonly string[];
}

/** What damage looks like; anything else ends the verification, because it says nothing about the archive. */
const DAMAGE: readonly ErrorCode[] = [
  "ARCHIVE_DAMAGED",
  "CATALOG_DAMAGED",
  "OBJECT_MISSING",
  "FORMAT_TOO_NEW",
];

/** Throws what is no damage: a store that is away, a signal. */
export function findingOf(
  error: unknown,
  at: { readonly object: string; readonly affects: Affected },
): Finding {
  if (!(error instanceof TidemarkError) || !DAMAGE.includes(error.code))
    throw error;
  return { code: error.code, message: error.message, ...at };
}

/** Every point whose nearest bases lie before the segment's end reads it. */
export function affectedBySegment(
  state: CatalogState,
  segment: SegmentAct,
): Affected {
  const after = state.bases.find(
    (base) =>
      base.definitions.tables.length === base.tables.length &&
      base.tables.every((table) => table.seq >= segment.last.seq),
  );
  return {
    restores: {
      fromSeq: segment.first.seq,
      throughSeq: after === undefined ? null : after.seq.max - 1,
    },
  };
}

/** The points between a table's base and its next one. */
export function affectedByTableBase(
  state: CatalogState,
  table: { readonly table: TableId; readonly seq: number },
): NonNullable<Affected["restores"]> {
  const next = state.bases
    .flatMap((base) => base.tables)
    .filter((other) => other.table === table.table && other.seq > table.seq)
    .reduce((least, { seq }) => Math.min(least, seq), Infinity);
  return {
    fromSeq: table.seq,
    throughSeq: next === Infinity ? null : next - 1,
  };
}

/** The points between a base and the next one that knows the definitions. */
export function affectedByDefinitions(
  state: CatalogState,
  base: NumberedBase,
): Affected {
  const { seq } = base.definitions;
  const next = state.bases.find((other) => other.definitions.seq > seq);
  return {
    restores: {
      fromSeq: seq,
      throughSeq: next === undefined ? null : next.definitions.seq - 1,
    },
  };
}
