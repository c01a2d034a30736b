import type { MysqlConnection } from "./connection.ts";

/** What tells a server from every other one; undefined: MariaDB has no such thing, and nobody has written one down there. */
export async function readServerId(
  connection: MysqlConnection,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (connection.flavour === "mysql") {
    const [uuid] = await connection.queryOne("SELECT @@server_uuid", signal);
    return uuid ?? undefined;
  }
  const there = await connection.query(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = 'tidemark' AND table_name = 'sources'",
    signal,
  );
  if (there.length === 0) return undefined;
  const [id] = await connection.queryOne(
    "SELECT MIN(identity) FROM tidemark.sources",
    signal,
  );
  return id ?? undefined;
}
