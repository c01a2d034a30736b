/**
 * What an error of the client says of the request, by its code and status, never by its text:
 * - `taken`: there is an object of that key (412);
 * - `conflict`: another conditional write of the key is under way, and this one did nothing (409);
 * - `unsure`: no answer, or one that says neither yes nor no; what was asked may be done, now or later;
 * - `absent`: no such object, upload or bucket (404);
 * - `refused`: everything else, and asking again would be answered alike.
 */
export type Answer = "taken" | "conflict" | "unsure" | "absent" | "refused";

/** Refusals that pass by themselves although their status says that it is the caller's fault. */
const PASSING: ReadonlySet<string> = new Set([
  "RequestTimeout",
  "RequestTimeTooSkewed", // the client has set its clock by this answer
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "TooManyRequests",
  "BadDigest", // the bytes were damaged on the way
  "IncompleteBody",
  "XAmzContentChecksumMismatch",
  "XAmzContentSHA256Mismatch",
]);

/** What the client throws when it could not ask at all: nothing that time mends. */
const LOCAL: ReadonlySet<string> = new Set([
  "CredentialsProviderError",
  "TokenProviderError",
]);

export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (statusOf(error) === undefined && "code" in error) {
    return String(error.code);
  }
  return error.name;
}

export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("$metadata" in error)) return undefined;
  const { $metadata: metadata } = error;
  if (typeof metadata !== "object" || metadata === null) return undefined;
  if (!("httpStatusCode" in metadata)) return undefined;
  const { httpStatusCode: status } = metadata;
  return typeof status === "number" ? status : undefined;
}

export function answerOf(error: unknown): Answer {
  const status = statusOf(error);
  const code = codeOf(error);
  if (LOCAL.has(code)) return "refused";
  if (PASSING.has(code)) return "unsure";
  // Not an answer: a connection that broke, a name that does not resolve, a body that ended early or is no XML.
  if (status === undefined || status < 300) return "unsure";
  if (status === 412) return "taken";
  if (status === 409) return "conflict";
  if (status === 404) return "absent";
  // The service does not know what was asked of it, and will not learn.
  if (status === 501) return "refused";
  // Full: it passes when somebody makes room, which is for a person to do.
  if (status === 507 || isFull(code)) return "refused";
  return status === 429 || status >= 500 ? "unsure" : "refused";
}

export function isFull(code: string): boolean {
  return (
    code === "XMinioStorageFull" ||
    code === "QuotaExceeded" ||
    code === "QuotaExceededException" ||
    code === "ServiceQuotaExceededException"
  );
}
