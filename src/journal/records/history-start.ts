import { formatInstant, parseInstant } from "../../core/instant.ts";
import { formatPosition, parsePosition } from "../../core/position.ts";
import type { HistoryStart, Unfinished } from "./history.ts";

/**
 * What a journal's file, or a run of a topic's records, begins with, as JSON: so it says by itself where it begins, an empty
 * journal keeps what it was begun with, and an open reads the newest file or run only.
 * {"seq":812,"position":"0/16B3748","committedAt":"…","rollingHash":"…","progressedTo":"0/16B4000","progressedAt":"…",
 *  "unfinished":null | {"attempt":3,"parts":17}}
 */
export function encodeHistoryStart({ head, unfinished }: HistoryStart): Buffer {
  return Buffer.from(
    JSON.stringify({
      seq: head.seq,
      position: formatPosition(head.position),
      committedAt: formatInstant(head.committedAt),
      rollingHash: head.rollingHash,
      progressedTo: formatPosition(head.progressedTo),
      progressedAt: formatInstant(head.progressedAt),
      unfinished: unfinished ?? null,
    }),
  );
}

/** Throws RangeError, or whatever its pieces throw, when the bytes are no such start. */
export function decodeHistoryStart(bytes: Buffer): HistoryStart {
  const fields = asFields(JSON.parse(bytes.toString("utf8")));
  return {
    head: {
      seq: count(fields, "seq"),
      position: parsePosition(text(fields, "position")),
      committedAt: parseInstant(text(fields, "committedAt")),
      rollingHash: rollingHash(fields),
      progressedTo: parsePosition(text(fields, "progressedTo")),
      progressedAt: parseInstant(text(fields, "progressedAt")),
    },
    unfinished: unfinishedOf(fields["unfinished"]),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function unfinishedOf(value: unknown): Unfinished | undefined {
  if (value === null) return undefined;
  const fields = asFields(value);
  return { attempt: count(fields, "attempt"), parts: count(fields, "parts") };
}

function asFields(value: unknown): Fields {
  if (typeof value === "object" && value !== null) return value as Fields;
  throw new RangeError("a history's start is not a JSON object");
}

function count(fields: Fields, name: string): number {
  const value = fields[name];
  if (Number.isSafeInteger(value) && (value as number) >= 0)
    return value as number;
  throw new RangeError(`a history's start has no ${name}`);
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === "string") return value;
  throw new RangeError(`a history's start has no ${name}`);
}

function rollingHash(fields: Fields): string {
  const digits = text(fields, "rollingHash");
  if (/^[0-9a-f]{32}$/.test(digits)) return digits;
  throw new RangeError("a history's start has no rollingHash");
}
