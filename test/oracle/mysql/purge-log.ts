import {
  binlogOf,
  compareBinlogPlaces,
  parsePosition,
} from "../../../src/core/position.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { readArchive } from "../archive-reader.ts";
import type { MysqlSession } from "./session.ts";

/** MySQL refuses it while a base holds LOCK INSTANCE FOR BACKUP. */
const PURGE_WHILE_LOCKED = 4085;

/** Every file that the archive will not read again; waits for the end of a base. */
export async function purgeLog(
  session: MysqlSession,
  archive: string,
): Promise<void> {
  const state = await readArchive(archive);
  if (state === undefined) return;
  const reread = binlogOf(parsePosition(state.reread.position));
  const { undecided } = reread;
  const { file } =
    undecided !== undefined && compareBinlogPlaces(undecided, reread) < 0
      ? undecided
      : reread;
  await waitUntil("the log may be purged", () => purge(session, file), 60_000);
}

async function purge(session: MysqlSession, file: string): Promise<boolean> {
  try {
    await session.run(`PURGE BINARY LOGS TO '${file}'`);
    return true;
  } catch (error) {
    if ((error as { errno?: number }).errno === PURGE_WHILE_LOCKED)
      return false;
    throw error;
  }
}
