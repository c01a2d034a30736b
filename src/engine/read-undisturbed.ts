import { hasCode } from "../core/errors.ts";
import type { Snapshot, SnapshotTable } from "./table-reader.ts";

export type Undisturbed<T> =
  { readonly read: T } | { readonly disturbance: string };

/**
 * What `read` made of a table's rows, unless the table did not stand still. A statement that fails because the table or a
 * column of it has gone since the snapshot was opened is such a disturbance too.
 */
export async function readUndisturbed<T>(
  table: { readonly snapshot: Snapshot; readonly table: SnapshotTable },
  read: () => Promise<T>,
  signal: AbortSignal,
): Promise<Undisturbed<T>> {
  const ask = () => table.snapshot.disturbance(table.table, signal);
  try {
    const done = await read();
    const disturbance = await ask();
    return disturbance === undefined ? { read: done } : { disturbance };
  } catch (error) {
    if (!hasCode(error, "STATEMENT_FAILED")) throw error;
    const disturbance = await ask();
    if (disturbance === undefined) throw error;
    return { disturbance };
  }
}
