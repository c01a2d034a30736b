import { TidemarkError, type ErrorCode } from "../../../core/errors.ts";
import { serverErrno } from "../errors.ts";
import { slotBusy } from "./capture-session.ts";

/** ER_MASTER_FATAL_ERROR_READING_BINLOG: whatever keeps a dump from going on has this number, and only the words say what it is. */
const FATAL = 1236;
/** ER_SLAVE_SAME_ID of MariaDB. MySQL has only words for it. */
const SAME_ID = 4052;
const SAME_ID_WORDS = /same server_uuid\/server_id/i;

/** The servers' words, which are not translated (MySQL: sql/rpl_binlog_sender.cc; MariaDB: sql/sql_repl.cc). */
const WORDS: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [
    /purged|could not find next log|could not find first log|not find GTID state/i,
    "HISTORY_LOST",
    "what is archived stays restorable; keep the log for longer, and begin a new history: `tidemark rebase`",
  ],
  [
    /not in the master's binlog|position > file size|more GTIDs than|diverged|missing GTID/i,
    "SOURCE_DIVERGED",
    "the source was restored, failed over or replaced: its history is not the archived one",
  ],
];

/** What the end of a dump means. `place` is how far it was read. */
export function translateDumpError(
  error: unknown,
  { where, place }: { readonly where: string; readonly place: string },
): unknown {
  if (error instanceof RangeError) return unreadable(error, where, place);
  const errno = serverErrno(error);
  const message = error instanceof Error ? error.message : "";
  if (errno === SAME_ID || (errno === FATAL && SAME_ID_WORDS.test(message)))
    return slotBusy(where, "with the same server id");
  if (errno === FATAL) {
    for (const [words, code, hint] of WORDS) {
      if (words.test(message))
        return new TidemarkError(code, message, { hint, cause: error });
    }
    return unreadable(error, where, place);
  }
  if (error instanceof TidemarkError && error.code === "SOURCE_UNREADABLE")
    return unreadable(error, where, place);
  return error;
}

function unreadable(
  error: unknown,
  where: string,
  place: string,
): TidemarkError {
  const known = error instanceof TidemarkError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return new TidemarkError(
    "SOURCE_UNREADABLE",
    `${where}, after ${place}: ${message}`,
    {
      hint:
        known?.hint ??
        "capture stands before this transaction; nothing was skipped",
      cause: error,
      details: { ...known?.details, position: place },
    },
  );
}
