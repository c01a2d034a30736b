import type { ErrorCode } from "../core/errors.ts";

/** How a source stands, for `status`, /readyz and metrics. */
export type SourceState =
  | { readonly kind: "starting" }
  | { readonly kind: "running" }
  /** Tried again by itself. */
  | {
      readonly kind: "waiting";
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
    }
  /** A person has to do something. */
  | {
      readonly kind: "stopped";
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
    };

/** What goes away by itself: a server or store that is away or in trouble, a slot that its last reader still holds, a full disk. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  "SERVER_UNREACHABLE",
  "SERVER_FAILED",
  "STORE_UNREACHABLE",
  "SLOT_BUSY",
  // Begun again it either finds all as it should be and writes a gap, or stops with what is wrong.
  "PREPARATION_CHANGED",
  "ACCESS_DENIED",
  "DISK_FULL",
  "BASE_UNSETTLED",
  "JOURNAL_FATAL",
  "JOURNAL_UNREACHABLE",
]);

export function passes(code: ErrorCode): boolean {
  return PASSING.has(code);
}
