import { TidemarkError } from "../core/errors.ts";

const DURATION = /^(\d{1,9})(s|m|h|d)$/;
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `10s`, `5m`, `24h`, `7d`: one number and one unit, as in `10m-ago`. Throws USAGE. */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text);
  if (match === null) {
    throw new TidemarkError("USAGE", `"${text}" is not a duration`, {
      hint: "a whole number and s, m, h or d: 10s, 5m, 24h, 7d",
    });
  }
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}
