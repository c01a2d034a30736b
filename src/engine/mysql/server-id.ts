import { serverErrno } from "./errors.ts";
import type { MysqlConnection } from "./connection.ts";
import { TIDEMARK_SCHEMA } from "./names.ts";

/** ER_BAD_DB_ERROR, ER_NO_SUCH_TABLE */
const NOT_THERE = [1049, 1146];
/** ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR */
const NOT_SHOWN = [1044, 1142];

/**
 * What tells a server from every other one. MySQL: server_uuid. MariaDB's server_uid changes with its host, so: what the first
 * `prepare` wrote into it, which a replica has too, and server_id, which none of them shares. undefined: MariaDB that no source of ours is in.
 */
export async function readServerId(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (connection.flavour === "mysql") {
    const [uuid] = await connection.queryOne("SELECT @@server_uuid", signal);
    return uuid ?? undefined;
  }
  try {
    const [row] = await connection.query(
      `SELECT CONCAT(server, '/', @@server_id) FROM ${TIDEMARK_SCHEMA}.sources LIMIT 1`,
      signal,
    );
    return row?.[0] ?? undefined;
  } catch (error) {
    const errno = serverErrno(error) ?? 0;
    if (NOT_THERE.includes(errno) || NOT_SHOWN.includes(errno))
      return undefined;
    throw error;
  }
}
