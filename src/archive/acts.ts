import type { SourceLineage } from "../core/database-identity.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { ShapeId, TableId } from "../core/shape.ts";
import type { EventKind } from "../core/change.ts";

/** What a catalog entry says happened. Positions are text, times RFC 3339 with microseconds, hashes hexadecimal. */
export type Act =
  | SourceAct
  | WriterAct
  | IntentAct
  | SegmentAct
  | BaseAct
  | ProgressAct
  | GapAct
  | RestoreAct
  | VerifyAct;

export type ArchivedSource = SourceLineage & {
  readonly name: string;
  readonly version: string;
  readonly incarnation: number;
  /** The mark of what `prepare` made there: everything archived since this was written was sent under it. */
  readonly preparation: string;
  /** The patterns of `tables:` under which everything was captured, sorted; none: every table. */
  readonly tables: readonly string[];
};

/** A transaction as a link of the chain. */
export interface Link {
  readonly seq: number;
  readonly position: string;
  readonly rollingHash: string;
}

/** Entry 1 of every archive: whose history this is and where it begins. */
export interface SourceAct {
  readonly act: "source";
  readonly source: ArchivedSource;
  /** seq 0. */
  readonly start: Link;
}

/** An archiver takes over; the number of this entry is its epoch. */
export interface WriterAct {
  readonly act: "writer";
  readonly source: ArchivedSource;
  readonly continues: Link;
}

/** Long work has begun: its objects, all under `prefix` (of a base, see keys.ts), are not swept before `expiresAt`. */
export interface IntentAct {
  readonly act: "intent";
  readonly work: "base";
  readonly prefix: string;
  readonly expiresAt: string;
}

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface SegmentTable {
  readonly table: TableId;
  readonly shape: ShapeId;
  readonly namespace: string;
  readonly name: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  /** The seqs that truncated it. */
  readonly truncates: readonly number[];
}

export interface SegmentEvent {
  readonly seq: number;
  readonly kind: EventKind;
  readonly name: string;
  /** ddl: the tables whose history it ends; null: of every table; [] : of none, only the definitions are others. */
  readonly tables?: readonly TableId[] | null;
}

export interface SegmentAct {
  readonly act: "segment";
  readonly epoch: number;
  readonly incarnation: number;
  readonly object: StoredObject & {
    readonly rawBytes: number;
    readonly records: number;
  };
  readonly first: {
    readonly seq: number;
    readonly committedAt: string;
    readonly rawCommittedAt: string;
  };
  readonly last: Link & {
    readonly committedAt: string;
    readonly rawCommittedAt: string;
    readonly xid: string;
  };
  /** The transaction before the first: equal to the previous segment's `last`. */
  readonly before: Link;
  /** The transaction before the last: what the source may be acknowledged up to. */
  readonly reread: Link;
  readonly progress: { readonly position: string; readonly at: string };
  /**
   * Whether the source was asked, after the last of these transactions had come, if it still sends everything. False: it could
   * not be reached; should it turn out to have been altered, the gap begins before this segment.
   */
  readonly proved: boolean;
  readonly tables: readonly SegmentTable[];
  readonly events: readonly SegmentEvent[];
  /** Stretches whose raw commit times lie more than 1 s behind the ordered ones. */
  readonly clockBack: readonly {
    readonly fromSeq: number;
    readonly throughSeq: number;
    readonly rawFrom: string;
    readonly rawThrough: string;
    /** The time before the jump: what `committedAt` says of the whole stretch. */
    readonly orderedAt: string;
  }[];
}

/** Idle time: nothing happened up to `position`. */
export interface ProgressAct {
  readonly act: "progress";
  readonly epoch: number;
  readonly incarnation: number;
  readonly afterSeq: number;
  /** `at` is the source's clock; the entry's own `at` is the writer's. */
  readonly progress: { readonly position: string; readonly at: string };
}

/** Table bases at their own seqs, and the definitions that they were read with. */
export interface BaseAct {
  readonly act: "base";
  /** Time and nonce of who takes it: the number of its intent is unknown before the race. */
  readonly base: string;
  readonly kind: "live";
  readonly incarnation: number;
  readonly manifest: StoredObject;
  readonly definitions: StoredObject & {
    readonly seq: number;
    readonly position: string;
    /** The captured tables that the source had then; each has a base here or an older one that still holds. */
    readonly tables: readonly TableId[];
  };
  readonly seq: { readonly min: number; readonly max: number };
  /** The same per table as in the manifest, so that planning opens no object. */
  readonly tables: readonly {
    readonly table: TableId;
    readonly shape: ShapeId;
    readonly namespace: string;
    readonly name: string;
    readonly seq: number;
    readonly rows: number;
    readonly bytes: number;
    readonly rawBytes: number;
  }[];
  readonly rows: number;
  readonly bytes: number;
  readonly rawBytes: number;
  readonly startedAt: string;
  readonly finishedAt: string;
}

/**
 * The source may not have sent everything between two positions: no table's history and no definitions cross it, and no base that was
 * read inside it counts.
 */
export interface GapAct {
  readonly act: "gap";
  readonly scope: { readonly kind: "source" };
  readonly code: ErrorCode;
  readonly incarnation: number;
  readonly afterSeq: number;
  /** Up to here, and to `afterAt` on the source's clock, nothing is missing. */
  readonly afterPosition: string;
  readonly afterAt: string;
  /** From here on nothing is missing again; a transaction of ours lies before it. */
  readonly throughPosition: string;
  readonly detail: Readonly<Record<string, string | number | null>>;
}

export interface RestoreAct {
  readonly act: "restore";
  /** Of the restore, however many runs it took: the catalog has one entry of it. 32 random hexadecimal digits. */
  readonly id: string;
  readonly requested: string;
  readonly seq: number;
  readonly target: string;
  readonly planHash: string;
  readonly outcome: "verified" | "counted";
  readonly rows: number;
}

export interface VerifyAct {
  readonly act: "verify";
  readonly kind: "archive" | "against";
  readonly throughEntry: number;
  readonly seq: number;
  readonly ok: boolean;
}

/** What stands around every act. `previous` is the SHA-256 of the stored bytes of entry n−1; zeros in entry 1. */
export interface EntryFields {
  readonly format: 1;
  readonly n: number;
  readonly previous: string;
  /** Fresh per attempt: on a lost answer it tells our own write from another's. */
  readonly nonce: string;
  readonly at: string;
  /** `tidemark/0.1.0 host-a` */
  readonly by: string;
}

export type CatalogEntry = EntryFields & Act;
