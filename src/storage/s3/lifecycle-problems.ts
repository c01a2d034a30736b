import type { LifecycleRule } from "@aws-sdk/client-s3";
import type { StoreProblem } from "../store-problem.ts";

export interface Lifecycle {
  readonly bucket: string;
  /** Of the archive's keys. */
  readonly prefix: string;
  readonly rules: readonly LifecycleRule[];
  /** Whether what a rule deletes can be brought back; undefined: unknown. */
  readonly versioned: boolean | undefined;
}

/** Classes whose objects cannot be read before somebody has asked for them, hours ahead. */
const NOT_READ_AT_ONCE: ReadonlySet<string> = new Set([
  "GLACIER",
  "DEEP_ARCHIVE",
]);

/** What a bucket's rules would do to an archive. */
export function lifecycleProblems(lifecycle: Lifecycle): StoreProblem[] {
  const touching = lifecycle.rules.filter(
    (rule) => rule.Status === "Enabled" && touches(rule, lifecycle.prefix),
  );
  return [
    ...touching.flatMap((rule) => expiry(rule, lifecycle)),
    ...touching.flatMap((rule) => transition(rule, lifecycle)),
    ...leftUploads(lifecycle),
  ];
}

function expiry(
  { Expiration: ends, ID: id }: LifecycleRule,
  { versioned }: Lifecycle,
): StoreProblem[] {
  if (ends?.Days === undefined && ends?.Date === undefined) return [];
  const when =
    ends.Days === undefined
      ? `on ${ends.Date?.toISOString().slice(0, 10)}`
      : `after ${ends.Days} days`;
  const lost =
    versioned === true
      ? "older versions stay as long as the bucket keeps them"
      : "they are gone for good then";
  return [
    {
      severity: "warning",
      code: "lifecycle-expires",
      message: `the bucket's rule ${named(id)} deletes the archive's objects ${when}; ${lost}`,
      mend: "take the rule away, or give it a Filter that leaves the archive's prefix out: history without its oldest objects cannot be restored",
    },
  ];
}

function transition(
  { Transitions: moves = [], ID: id }: LifecycleRule,
  _lifecycle: Lifecycle,
): StoreProblem[] {
  return moves
    .filter(({ StorageClass: to = "" }) => NOT_READ_AT_ONCE.has(to))
    .map(({ StorageClass: to }) => ({
      severity: "warning",
      code: "lifecycle-archives",
      message: `the bucket's rule ${named(id)} moves the archive's objects to ${to}, from which nothing can be read at once`,
      mend: "let it move them to GLACIER_IR or STANDARD_IA instead: a restore reads them all",
    }));
}

/** What a process that was killed leaves of a large object is seen by no listing, and paid for until a rule takes it. */
function leftUploads({ bucket, prefix, rules }: Lifecycle): StoreProblem[] {
  const covers = rules.some(
    (rule) =>
      rule.Status === "Enabled" &&
      rule.AbortIncompleteMultipartUpload !== undefined &&
      prefix.startsWith(prefixOf(rule) ?? "\0"),
  );
  if (covers) return [];
  const rule = {
    ID: "tidemark-unfinished-uploads",
    Status: "Enabled",
    Filter: { Prefix: prefix },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
  };
  return [
    {
      severity: "warning",
      code: "lifecycle-uploads",
      message:
        "no rule of the bucket takes away uploads that a killed process left unfinished",
      mend: `add to the bucket's rules (the command replaces them): aws s3api put-bucket-lifecycle-configuration --bucket ${bucket} --lifecycle-configuration '${JSON.stringify({ Rules: [rule] })}'`,
    },
  ];
}

/** Whether any object of the archive could be one of the rule's. */
function touches(rule: LifecycleRule, prefix: string): boolean {
  const own = prefixOf(rule);
  // What probes leave is nobody's history.
  if (own === undefined || own.startsWith(`${prefix}probe/`)) return false;
  return own.startsWith(prefix) || prefix.startsWith(own);
}

/** undefined: the rule is for objects with tags, which the archive's have not. */
function prefixOf({ Filter: filter, Prefix }: LifecycleRule) {
  const { And: all, Tag: tag, Prefix: own } = filter ?? {};
  if (tag !== undefined || (all?.Tags?.length ?? 0) > 0) return undefined;
  return own ?? all?.Prefix ?? Prefix ?? "";
}

function named(id: string | undefined): string {
  return id === undefined || id === "" ? "without a name" : `"${id}"`;
}
