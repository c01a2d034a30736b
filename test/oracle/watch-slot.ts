import { setTimeout as delay } from "node:timers/promises";
import { parseLsn, parsePosition, lsnOf } from "../../src/core/position.ts";
import { sourceObjects } from "../../src/engine/postgres/names.ts";
import type { TestClient } from "../support/postgres-client.ts";
import { readArchive } from "./archive-reader.ts";
import { SOURCE } from "./installation.ts";
import type { LivingServer } from "./living-server.ts";

export const { slot: SLOT } = sourceObjects(SOURCE);

export interface SlotFacts {
  readonly confirmed: bigint;
  /** Bytes of log that the slot keeps from being removed. */
  readonly retained: number;
}

export async function readSlot(
  client: TestClient,
): Promise<SlotFacts | undefined> {
  const { rows } = await client.query<{ confirmed: string; retained: string }>(
    `SELECT confirmed_flush_lsn::text AS confirmed,
            (pg_current_wal_lsn() - restart_lsn)::text AS retained
     FROM pg_replication_slots WHERE slot_name = $1`,
    [SLOT],
  );
  const [row] = rows;
  return (
    row && {
      confirmed: parseLsn(row.confirmed),
      retained: Number(row.retained),
    }
  );
}

/**
 * Until the signal: what the source was told it may forget is never more than the archive would read again. The slot is asked
 * first, because the archive only grows. Returns how often it was looked at.
 */
export async function watchSlot(
  source: LivingServer,
  archive: string,
  signal: AbortSignal,
): Promise<number> {
  let looks = 0;
  while (!signal.aborted) {
    await source.survive(async () => {
      await using client = await source.connect();
      while (!signal.aborted) {
        const slot = await readSlot(client);
        const state = await readArchive(archive);
        if (slot !== undefined && state !== undefined) {
          const reread = lsnOf(parsePosition(state.reread.position));
          if (slot.confirmed > reread) {
            throw new Error(
              `the source was told to forget up to ${slot.confirmed.toString(16)}, the archive reads again from ${state.reread.position}`,
            );
          }
          looks++;
        }
        await delay(100, undefined, { signal }).catch(() => undefined);
      }
    });
  }
  return looks;
}
