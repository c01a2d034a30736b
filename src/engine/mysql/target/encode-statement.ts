import { TidemarkError } from "../../../core/errors.ts";
import type { MysqlConnection } from "../connection.ts";

const ASCII = /^[\0-\x7f]*$/;
const UTF8: readonly (string | undefined)[] = ["utf8mb4", "utf8mb3", "utf8"];

/** The character set that a statement of session-settings.ts says the next ones come in. */
export function clientOf(statement: string): string | undefined {
  return /^SET character_set_client = (\w+)/.exec(statement)?.[1];
}

/**
 * A program keeps the character set of who made it, and its text is read in that one: so it has to come in it. The server makes the
 * bytes. Throws STATEMENT_FAILED when the text cannot be said in it.
 */
export async function encodeFor(
  connection: MysqlConnection,
  {
    statement,
    client,
  }: { readonly statement: string; readonly client: string | undefined },
  signal: AbortSignal,
): Promise<string | Uint8Array> {
  if (client === undefined || UTF8.includes(client) || ASCII.test(statement))
    return statement;
  const text = `_utf8mb4 x'${Buffer.from(statement, "utf8").toString("hex")}'`;
  const [row] = await connection.queryRaw(
    `SELECT CONVERT(${text} USING ${client}), CONVERT(CONVERT(${text} USING ${client}) USING utf8mb4)`,
    signal,
  );
  const [bytes, again] = row ?? [];
  if (bytes != null && again?.toString("utf8") === statement) return bytes;
  throw new TidemarkError(
    "STATEMENT_FAILED",
    `a text that was made in ${client} has characters which that does not have`,
  );
}
