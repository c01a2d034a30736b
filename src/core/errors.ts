/**
 * Every error a user can meet, with the exit code of the process that meets it. The comments are the user's documentation:
 * what happened, and what to do. Nothing else in the program invents a code.
 */
export const ERROR_CODES = {
  /** Something failed that Tidemark has no better word for; the message and its cause say what. */
  INTERNAL: 1,
  /** The command line is wrong: an unknown flag, a missing argument, a POINT that is not in the grammar. */
  USAGE: 2,
  /** tidemark.yaml is wrong; the message names line, key and the nearest known one. */
  CONFIG: 2,
  /** A key or an option of a later version; the message says what this one does instead. */
  NOT_IN_THIS_VERSION: 2,
  /** `check` found errors, or a command met one of them: the hint has the statement that mends it. */
  PREFLIGHT: 4,
  /** The login was refused: wrong user, password or pg_hba rule; for a bucket, no credentials, wrong or expired ones. */
  ACCESS_DENIED: 8,
  /** The login works and lacks a right; the hint has the GRANT, or the action that a bucket's policy has to allow. */
  RIGHT_MISSING: 4,
  /** A server (source or target) cannot be reached, or went away. */
  SERVER_UNREACHABLE: 8,
  /** The source's server failed while it read its own log: an internal error, its disk, its memory. Tried again by itself; the server's log says more, and if it does not pass, the same happens to every reader of that log. */
  SERVER_FAILED: 8,
  /** The object store cannot be reached, or answered with an error that is not ours. */
  STORE_UNREACHABLE: 8,
  /** The disk under the journal, the archive or the working folder is full. */
  DISK_FULL: 8,
  /** No such source, table, marker, archive or bucket. */
  NOT_FOUND: 6,
  /** wal_level, slot, publication, trigger: the source is not prepared. Run `tidemark prepare`. */
  SOURCE_NOT_PREPARED: 4,
  /** Publication or DDL trigger were dropped or altered under a running capture: changes may not have been sent. What is archived stands; it begins again behind a gap. */
  PREPARATION_CHANGED: 7,
  /** Another process reads this source's replication slot. */
  SLOT_BUSY: 8,
  /** The source has let go of log that the archive does not hold: history is lost from here to the next base. */
  HISTORY_LOST: 7,
  /** The source is not the database that the archive knows, or its history was rolled back. */
  SOURCE_DIVERGED: 7,
  /** An event of the source's log is not understood. Nothing was skipped; capture stands before it. */
  SOURCE_UNREADABLE: 7,
  /** A single value or row is larger than `maxRow`. */
  ROW_TOO_LARGE: 1,
  /** The journal's bytes are damaged before its end. Delete the source's folder in the journal's directory, or its topic: what the archive lacks is read from the source again. */
  JOURNAL_DAMAGED: 1,
  /** The journal did not take a write or a sync, or its answer is in doubt; what is durable is known only after a re-open, which is tried by itself. */
  JOURNAL_FATAL: 8,
  /** Another process writes this journal. */
  JOURNAL_LOCKED: 8,
  /** The journal's brokers cannot be reached, or did not confirm a write in time. Tried again by itself. */
  JOURNAL_UNREACHABLE: 8,
  /** Records that the journal's brokers had confirmed are gone: the topic was deleted, or a broker that lacked them leads it. Find out why, then start again: what the archive lacks is read from the source. */
  JOURNAL_LOST: 7,
  /** A journal reader met a hole in the numbers. */
  JOURNAL_GAP: 7,
  /** A newer writer of this archive, or of this journal in Kafka, exists; this one stopped. */
  FENCED: 7,
  /** The archive lacks transactions that the restore needs. */
  ARCHIVE_GAP: 7,
  /** An object named by the catalog is missing, truncated or has other bytes. */
  ARCHIVE_DAMAGED: 9,
  /** The catalog's chain of hashes is broken. */
  CATALOG_DAMAGED: 9,
  /** The archive was written by a newer version of Tidemark. */
  FORMAT_TOO_NEW: 2,
  /** An object with this key exists already: a writer that is not ours. */
  OBJECT_EXISTS: 1,
  /** An object with this key does not exist. */
  OBJECT_MISSING: 9,
  /** The POINT lies outside what can be restored exactly; the hint names the nearest points that can. */
  POINT_UNREACHABLE: 7,
  /** The source's clock went back over the time asked for; choose one of the seqs named. */
  POINT_AMBIGUOUS: 7,
  /** The target holds tables already, or is not one that a restore made. */
  TARGET_NOT_EMPTY: 4,
  /** Another restore is at work in the target; the message says whose session it is and since when. Wait for it, or choose another target. */
  TARGET_BUSY: 8,
  /** The target is a source itself, or cannot be told from one: that does not answer, was never archived, and its database has the same name. */
  TARGET_IS_SOURCE: 4,
  /** The target's version or settings cannot hold what the archive has. */
  TARGET_UNSUITABLE: 4,
  /** The server refused a statement; the message has its words, the details SQLSTATE and statement. */
  STATEMENT_FAILED: 1,
  /** What was read back from the target is not what was written. */
  VERIFY_FAILED: 9,
  /** A table changed under a base's snapshot more often than it could be copied. */
  BASE_UNSETTLED: 1,
  /** A row is too long for --memory, of which it may be an eighth, or there are more changed tables than it has room for. */
  MEMORY: 1,
  /** Work was stopped: by a signal, or because a question was not answered with a yes. */
  CANCELLED: 130,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** What to do now: a command, a statement, the nearest points that work. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Facts for `--json`: positions, seqs, names. No values of rows, no secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An error with a code, a place and a way on: "what, where, what now". */
export class TidemarkError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, more: ErrorDetails = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = "TidemarkError";
    this.code = code;
    this.hint = more.hint;
    this.details = more.details;
  }

  get exitCode(): number {
    return ERROR_CODES[this.code];
  }
}

export function hasCode(error: unknown, ...codes: ErrorCode[]): boolean {
  return error instanceof TidemarkError && codes.includes(error.code);
}
