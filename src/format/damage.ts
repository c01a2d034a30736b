import { TidemarkError } from "../core/errors.ts";

/** Which bytes, for people: an object's key or a path, and how far into it. */
export interface Place {
  readonly name: string;
  readonly offset: number;
}

export function damaged(
  place: Place,
  what: string,
  cause?: unknown,
): TidemarkError {
  const reason = cause instanceof Error ? `${what}: ${cause.message}` : what;
  return new TidemarkError(
    "ARCHIVE_DAMAGED",
    `${place.name} is damaged at byte ${place.offset} · ${reason}`,
    {
      hint: "put back a good copy of this object; `tidemark verify` names every damaged one",
      cause,
      details: { object: place.name, offset: place.offset },
    },
  );
}
