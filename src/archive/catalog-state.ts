import type {
  ArchivedSource,
  BaseAct,
  GapAct,
  IntentAct,
  Link,
  RestoreAct,
  SegmentAct,
  VerifyAct,
} from "./acts.ts";

/** The number and time of the entry that says it. */
export interface Numbered {
  readonly n: number;
  readonly at: string;
}

export type NumberedBase = BaseAct & Numbered;
export type NumberedGap = GapAct & Numbered;
export type NumberedIntent = IntentAct & Numbered;
export type NumberedRestore = RestoreAct & Numbered;
export type NumberedVerify = VerifyAct & Numbered;

/** The last archived transaction; at seq 0 its times are 1970. */
export interface Head extends Link {
  readonly committedAt: string;
  readonly rawCommittedAt: string;
}

/** What the entries up to `entry` say, folded. Plain JSON, so that a checkpoint is its text. */
export interface CatalogState {
  /** The newest entry, and the SHA-256 of its stored bytes. */
  readonly entry: { readonly n: number; readonly sha256: string };
  /** As the newest writer found it. */
  readonly source: ArchivedSource;
  /** Where the history begins. */
  readonly start: Link;
  /** The number of the newest `writer` entry; 0 when there was none yet. */
  readonly epoch: number;
  readonly head: Head;
  /** The transaction before the head: what the source may be acknowledged up to. */
  readonly reread: Link;
  /** How far the source has been seen, by its own clock; 1970 before the first segment or progress. */
  readonly progress: { readonly position: string; readonly at: string };
  /** How far the source was known to have sent everything: the head, unless it could not be asked. */
  readonly proved: {
    readonly seq: number;
    readonly position: string;
    readonly at: string;
  };
  readonly incarnation: number;
  /** Contiguous, in order. */
  readonly segments: readonly SegmentAct[];
  readonly bases: readonly NumberedBase[];
  readonly gaps: readonly NumberedGap[];
  /** Those that no base has ended; they may have expired. */
  readonly intents: readonly NumberedIntent[];
  readonly restores: readonly NumberedRestore[];
  readonly verifies: readonly NumberedVerify[];
}
