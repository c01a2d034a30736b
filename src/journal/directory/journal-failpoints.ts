import { failpoint } from "../../platform/failpoints.ts";

/** Every place between two durable steps of the embedded journal; the crash matrix dies at each of them. */
export const JOURNAL_FAILPOINTS = [
  /** The source's directory exists, its entry in the parent is not synced. */
  "journal.directory-made",
  /** A frame is written, not synced. */
  "journal.frame-written",
  /** A frame is synced, nobody has been told. */
  "journal.frame-synced",
  /** A new file stands in work/, not synced. */
  "journal.file-written",
  /** A new file stands in work/, synced. */
  "journal.file-synced",
  /** A new file has its name, the directory is not synced. */
  "journal.file-renamed",
  /** A new file is durable under its name, nothing was appended to it. */
  "journal.file-placed",
  /** A new history is durable, all files of the discarded one are still there. */
  "journal.begin-placed",
  /** Some files of the discarded history are deleted. */
  "journal.begin-file-deleted",
  /** All files of the discarded history are deleted, the directory is not synced. */
  "journal.begin-discarded",
  /** A torn frame is cut, the cut is not synced. */
  "journal.open-truncated",
  /** The newest file is synced, what an interrupted `begin` left is still there. */
  "journal.open-synced",
  /** A trimmed file is deleted, the directory is not synced. */
  "journal.trim-file-deleted",
] as const;

export type JournalFailpoint = (typeof JOURNAL_FAILPOINTS)[number];

export function journalFailpoint(name: JournalFailpoint): void {
  failpoint(name);
}
