/** What a look at a store found that goes well for now and will not for ever, with what mends it. */
export interface StoreProblem {
  readonly severity: "warning" | "error";
  /** A short stable name: `lifecycle-expires` … */
  readonly code: string;
  readonly message: string;
  /** The exact command or setting. */
  readonly mend: string;
}
