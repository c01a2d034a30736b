import { setTimeout as delay } from "node:timers/promises";
import { lsnOf, parseLsn, parsePosition } from "../../../src/core/position.ts";
import { sourceObjects } from "../../../src/engine/postgres/names.ts";
import type { TestClient } from "../../support/postgres-client.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { readArchive } from "../archive-reader.ts";
import { SOURCE } from "../installation.ts";
import type { LivingServer } from "../living-server.ts";

export const { slot: SLOT } = sourceObjects(SOURCE);

const PATIENCE_MS = 180_000;
/** What a slot keeps once everything is archived: the log of a few transactions, in whole files. */
const RETAINED_BYTES = 64 * 1024 * 1024;

interface Watched {
  readonly living: LivingServer;
  readonly connect: () => Promise<TestClient>;
}

interface SlotFacts {
  readonly confirmed: bigint;
  /** Bytes of log that the slot keeps from being removed. */
  readonly retained: number;
}

async function readSlot(client: TestClient): Promise<SlotFacts | undefined> {
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
  { living, connect }: Watched,
  archive: string,
  signal: AbortSignal,
): Promise<number> {
  let looks = 0;
  while (!signal.aborted) {
    await living.survive(async () => {
      await using client = await connect();
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

/** What is archived is acknowledged, and the slot keeps no more of the log than a little. */
export async function waitForSlot(
  { connect }: Watched,
  archive: string,
): Promise<void> {
  const state = await readArchive(archive);
  if (state === undefined) throw new Error("the archive is gone");
  const reread = lsnOf(parsePosition(state.reread.position));
  await using client = await connect();
  await waitUntil(
    `slot ${SLOT} confirms ${state.reread.position} and lets go of what lies before`,
    async () => {
      const slot = await readSlot(client);
      if (slot === undefined) throw new Error(`slot ${SLOT} is gone`);
      if (slot.confirmed < reread) return false;
      if (slot.retained < RETAINED_BYTES) return true;
      // It lets go only behind a record of running transactions that it has confirmed.
      await client.query("CHECKPOINT");
      await client.query("SELECT tidemark.record('heartbeat', 'oracle', '{}')");
      return false;
    },
    PATIENCE_MS,
  );
}
