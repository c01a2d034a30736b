import type { SourceLineage } from "../core/database-identity.ts";
import type { Micros } from "../core/instant.ts";
import type { Position } from "../core/position.ts";

/** Who a source is, as far as its history goes; kept in the catalog. */
export type SourceIdentity = SourceLineage & {
  readonly version: string;
  /** For people: the database, or the schema; empty for all schemas of a server. */
  readonly database: string;
};

/** One finding of `check`, with what mends it. */
export interface Problem {
  readonly severity: "error" | "warning";
  /** A short stable name: `wal-level`, `slot-missing` … */
  readonly code: string;
  readonly message: string;
  /** The exact SQL or setting. */
  readonly mend: string;
  readonly needsRestart: boolean;
}

/** What `prepare` made in a source, as it stands now. */
export interface Preparation {
  /** Another text whenever any of it was dropped, altered or made again, also when it was put right afterwards. */
  readonly mark: string;
  /** Why changes or DDL would be missed as it stands; empty when nothing would. */
  readonly problems: readonly Problem[];
}

/** SQL in order, with why; run one by one. */
export interface PreparePlan {
  readonly steps: readonly { readonly why: string; readonly sql: string }[];
}

/** How much log the source holds back for us. */
export interface Retained {
  readonly walBytes: number;
  /** Bytes of log until the source drops what we need; undefined: never, or not readable. */
  readonly limitBytes: number | undefined;
  readonly slotActive: boolean;
  readonly confirmed: Position | undefined;
}

export interface SourceAdmin {
  identity(signal: AbortSignal): Promise<SourceIdentity>;
  /** Every misconfiguration at once; touches nothing. */
  diagnose(signal: AbortSignal): Promise<readonly Problem[]>;
  /** One look at one instant, cheap enough for every segment. */
  preparation(signal: AbortSignal): Promise<Preparation>;
  planPrepare(signal: AbortSignal): Promise<PreparePlan>;
  prepare(plan: PreparePlan, signal: AbortSignal): Promise<void>;
  planForget(signal: AbortSignal): Promise<PreparePlan>;
  /** Throws SLOT_BUSY, before anything is removed, while somebody reads the slot. */
  forget(plan: PreparePlan, signal: AbortSignal): Promise<void>;
  /**
   * The earliest place that the source can still be read from, and not before it was prepared: what the slot has confirmed; MySQL: where it
   * was prepared, or the beginning of the oldest binlog file that is left. Throws SOURCE_NOT_PREPARED, HISTORY_LOST.
   */
  startPosition(signal: AbortSignal): Promise<Position>;
  /**
   * Where history could begin when the source was prepared. Where `startPosition` is beyond it, the source has released log since, and an
   * archive alone has what was in it. Throws SOURCE_NOT_PREPARED.
   */
  preparedPosition(signal: AbortSignal): Promise<Position>;
  /** The end of the log now: everything committed before this call ends at or before it. */
  currentPosition(signal: AbortSignal): Promise<Position>;
  /** The source's clock. */
  now(signal: AbortSignal): Promise<Micros>;
  /** Writes a marker into the source; it comes back in its stream. */
  mark(name: string, signal: AbortSignal): Promise<void>;
  /** A row in tidemark.log, so that an idle source has a transaction; deletes old rows of that table. */
  heartbeat(name: string, signal: AbortSignal): Promise<void>;
  /** Writes the sequences that moved since the last call into the source's stream. */
  recordSequences(signal: AbortSignal): Promise<void>;
  retained(signal: AbortSignal): Promise<Retained>;
  /** Waits until nobody else takes a base of this source; others wait until this is disposed, lost, or its process ends. */
  waitForBaseTurn(signal: AbortSignal): Promise<BaseTurn>;
}

export interface BaseTurn extends AsyncDisposable {
  /** Aborts with SERVER_UNREACHABLE once somebody else may have the turn. */
  readonly lost: AbortSignal;
}
