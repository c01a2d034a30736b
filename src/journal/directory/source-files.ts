import type { LiveTail } from "./live-tail.ts";

/** Where the files of one source are, and how a reader learns that they grew. */
export interface SourceFiles {
  /** `<journal>/<source>`. */
  readonly directory: string;
  readonly tail: LiveTail;
  /** How often a reader looks while the writer is another process. */
  readonly pollMs: number;
}
