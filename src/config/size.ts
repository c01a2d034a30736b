import { TidemarkError } from "../core/errors.ts";

const SIZE = /^(\d{1,15})(B|KiB|MiB|GiB|TiB)$/;
const UNIT_BYTES = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;

/** `512MiB`: a whole number and a binary unit; `MB` means two things to two people and is refused. Throws USAGE. */
export function parseSize(text: string): number {
  const match = SIZE.exec(text);
  const bytes =
    match === null
      ? NaN
      : Number(match[1]) * UNIT_BYTES[match[2] as keyof typeof UNIT_BYTES];
  if (!Number.isSafeInteger(bytes)) {
    throw new TidemarkError("USAGE", `"${text}" is not a size`, {
      hint: "a whole number and B, KiB, MiB, GiB or TiB: 512MiB",
    });
  }
  return bytes;
}
