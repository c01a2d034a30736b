import { TidemarkError } from "./errors.ts";
import { formatInstant, parseInstant, type Micros } from "./instant.ts";
import { formatPosition, parsePosition, type Position } from "./position.ts";

/** A place in a source's history as a user says it; the grammar is the same for `--at`, `--from` and `--to`. */
export type Point =
  | { readonly kind: "latest" }
  | { readonly kind: "time"; readonly at: Micros }
  | { readonly kind: "ago"; readonly micros: Micros }
  | { readonly kind: "seq"; readonly seq: number }
  | { readonly kind: "before"; readonly seq: number }
  | { readonly kind: "position"; readonly position: Position }
  | { readonly kind: "marker"; readonly name: string };

export const POINT_GRAMMAR =
  "latest · 2026-11-21T10:00:00Z · 10m-ago · seq:812 · before:812 · position:0/16B3748 · marker:NAME";

const AGO = /^(\d+)(s|m|h|d)-ago$/;
/** A time so far back can still be written down; a thousand years. */
const LONGEST_AGO: Micros = 365_250n * 86_400_000_000n;
const UNIT_SECONDS = { s: 1n, m: 60n, h: 3600n, d: 86_400n } as const;
const MARKER = /^[\w.:@+-]{1,200}$/;

export function isMarkerName(name: string): boolean {
  return MARKER.test(name);
}

export function parsePoint(text: string): Point {
  if (text === "latest") return { kind: "latest" };
  const ago = AGO.exec(text);
  if (ago !== null) {
    const unit = ago[2] as keyof typeof UNIT_SECONDS;
    const micros = BigInt(ago[1] ?? "0") * UNIT_SECONDS[unit] * 1_000_000n;
    if (micros > LONGEST_AGO) throw notAPoint(text);
    return { kind: "ago", micros };
  }
  const colon = text.indexOf(":");
  const rest = text.slice(colon + 1);
  switch (text.slice(0, Math.max(colon, 0))) {
    case "seq":
      return { kind: "seq", seq: parseSeq(rest, 0) };
    case "before":
      return { kind: "before", seq: parseSeq(rest, 1) };
    case "position":
      return { kind: "position", position: parsePosition(rest) };
    case "marker":
      if (!isMarkerName(rest)) throw notAPoint(text);
      return { kind: "marker", name: rest };
  }
  if (!/^\d{4}-/.test(text)) throw notAPoint(text);
  return { kind: "time", at: parseInstant(text) };
}

function parseSeq(text: string, least: number): number {
  const seq = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seq) || seq < least) {
    throw new TidemarkError(
      "USAGE",
      `"${text}" is not the number of a transaction`,
      {
        hint: "`tidemark log` prints them",
      },
    );
  }
  return seq;
}

function notAPoint(text: string): TidemarkError {
  return new TidemarkError("USAGE", `"${text}" is not a point in time`, {
    hint: POINT_GRAMMAR,
  });
}

export function formatPoint(point: Point): string {
  switch (point.kind) {
    case "latest":
      return "latest";
    case "time":
      return formatInstant(point.at);
    case "ago":
      return `${point.micros / 1_000_000n}s-ago`;
    case "seq":
      return `seq:${point.seq}`;
    case "before":
      return `before:${point.seq}`;
    case "position":
      return `position:${formatPosition(point.position)}`;
    case "marker":
      return `marker:${point.name}`;
  }
}
