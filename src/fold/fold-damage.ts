import { TidemarkError } from "../core/errors.ts";
import { tableLabel, type Shape } from "../core/shape.ts";

/** Changes and base contradict each other: one of them is not what the source wrote. No value of a row is in it. */
export function foldDamage(
  place: { readonly shape: Shape; readonly seq: number },
  what: string,
  cause?: unknown,
): TidemarkError {
  const table = tableLabel(place.shape);
  return new TidemarkError(
    "ARCHIVE_DAMAGED",
    `${table} at transaction ${place.seq} · ${what}`,
    {
      hint: "choose a point before that transaction, or one after a newer base of this table",
      cause,
      details: { table, seq: place.seq },
    },
  );
}
