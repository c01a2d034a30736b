import {
  binlogOf,
  compareBinlogPlaces,
  parsePosition,
} from "../../../src/core/position.ts";
import { readArchive } from "../archive-reader.ts";
import type { MysqlSession } from "./session.ts";

/** Every file that the archive will not read again. */
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
  await session.run(`PURGE BINARY LOGS TO '${file}'`);
}
