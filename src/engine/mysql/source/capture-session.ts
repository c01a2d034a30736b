import { hash } from "node:crypto";
import { TidemarkError } from "../../../core/errors.ts";
import type { SourceName } from "../../../core/source-name.ts";
import { captureLock } from "../capture-lock.ts";
import {
  MysqlConnection,
  describeAddress,
  type MysqlAddress,
} from "../connection.ts";
import { quoteLiteral } from "../quote.ts";

/** A server ends an older reader of the same id; the ids that people give to servers are low. */
export function serverIdOf(source: SourceName): number {
  const digest = hash("sha256", `tidemark ${source}`, "hex");
  return 0x8000_0000 + (Number.parseInt(digest.slice(0, 8), 16) % 0x7fff_fffe);
}

/**
 * A connection that alone reads this source: it holds a lock of the server's, which goes with the connection, so a second reader is refused
 * before the server would end the first one for it. Throws SLOT_BUSY.
 */
export async function openCaptureSession(
  {
    address,
    source,
  }: { readonly address: MysqlAddress; readonly source: SourceName },
  signal: AbortSignal,
): Promise<MysqlConnection> {
  const connection = await MysqlConnection.open(
    address,
    { name: "capture" },
    signal,
  );
  try {
    const lock = quoteLiteral(captureLock(source));
    const [free] = await connection.queryOne(
      `SELECT GET_LOCK(${lock}, 0)`,
      signal,
    );
    if (free === "1") return connection;
    const [holder] = await connection.queryOne(
      `SELECT IS_USED_LOCK(${lock})`,
      signal,
    );
    throw slotBusy(describeAddress(address), `connection ${holder ?? "?"}`);
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

export function slotBusy(where: string, who: string): TidemarkError {
  return new TidemarkError(
    "SLOT_BUSY",
    `${where}: another process reads this source's log (${who})`,
    {
      hint: "one process captures a source; it goes on by itself once the other has ended",
    },
  );
}
