import { TidemarkError } from "../core/errors.ts";
import { tableLabel } from "../core/shape.ts";
import type { Mapping } from "../engine/mapping.ts";
import type { TableDigest, TargetTable } from "../engine/restore-target.ts";
import { RowDigest } from "../format/row-digest.ts";

/** What a target is sent of a table. */
export interface SentRows {
  readonly target: TargetTable;
  convert(rows: AsyncIterable<Buffer>): AsyncIterable<Buffer>;
  /** Of what was sent, once it was; undefined: it is what was folded, whose digest the fold has. */
  digest(): TableDigest | undefined;
}

/** The rows as they are, or as the mapping makes them. Throws TARGET_UNSUITABLE. */
export function sentAs(
  table: TargetTable,
  mapping: Mapping | undefined,
): SentRows {
  if (mapping === undefined)
    return { target: table, convert: (rows) => rows, digest: () => undefined };
  const mapped = mapping.tables.get(table.table);
  if (mapped?.source !== table.shape.id) {
    throw new TidemarkError(
      "TARGET_UNSUITABLE",
      `${tableLabel(table)} has other columns in its rows than in the definitions, which say what it becomes in ${mapping.to}`,
      { hint: "restore a point after the next base" },
    );
  }
  const sent = new RowDigest();
  return {
    target: mapped.target,
    convert: (rows) => digested(mapped.convert(rows), sent),
    digest: () => sent.finish(),
  };
}

async function* digested(
  rows: AsyncIterable<Buffer>,
  digest: RowDigest,
): AsyncGenerator<Buffer> {
  for await (const chunk of rows) {
    digest.add(chunk);
    yield chunk;
  }
}
