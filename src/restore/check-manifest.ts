import type { BaseAct } from "../archive/acts.ts";
import type { TableBase } from "../archive/manifest.ts";
import { TidemarkError } from "../core/errors.ts";
import { shapeOfBase } from "./shape-of-base.ts";

/** A restore plans by the entry and reads by the manifest: they must say the same. Throws ARCHIVE_DAMAGED. */
export function checkManifest(
  base: Pick<BaseAct, "manifest" | "tables">,
  lines: readonly TableBase[],
): void {
  const told = (tables: BaseAct["tables"]) =>
    JSON.stringify(
      tables
        .map(
          ({ table, shape, namespace, name, seq, rows, bytes, rawBytes }) => [
            ...[table, shape, namespace, name, seq, rows, bytes, rawBytes],
          ],
        )
        .sort(([a], [b]) => Number(a) - Number(b)),
    );
  const summed = lines.map((line) => ({
    ...line,
    bytes: sum(line.parts.map((part) => part.bytes)),
    rawBytes: sum(line.parts.map((part) => part.rawBytes)),
  }));
  for (const line of lines) shapeOfBase(line);
  if (told(summed) === told(base.tables)) return;
  throw new TidemarkError(
    "ARCHIVE_DAMAGED",
    `${base.manifest.key} lists other tables than the entry of its base`,
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
