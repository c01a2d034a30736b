/** What a look at a journal's place found, with what mends it. */
export interface JournalProblem {
  readonly severity: "warning" | "error";
  /** A short stable name: `topic-unsafe` … */
  readonly code: string;
  readonly message: string;
  /** The exact command or setting. */
  readonly mend: string;
}
