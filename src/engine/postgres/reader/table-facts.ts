import type { TableId } from "../../../core/shape.ts";
import type { PostgresConnection } from "../connection.ts";

export interface TableFacts {
  readonly relfilenode: string;
  readonly bytes: number;
  /** Name and columns: another one means that the table was altered. */
  readonly signature: string;
}

/** As the connection's snapshot sees them. */
export async function readTableFacts(
  connection: PostgresConnection,
  only?: TableId,
): Promise<Map<TableId, TableFacts>> {
  const rows = await connection.query<{
    oid: string;
    relfilenode: string;
    bytes: string;
    signature: string;
  }>(
    `SELECT c.oid::text AS oid, c.relfilenode::text AS relfilenode, (c.relpages::int8 * 8192)::text AS bytes,
            concat_ws(' ', c.relnamespace, c.relname, c.relreplident, (
              SELECT string_agg(format('%s %s %s %s %s %s', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attisdropped, a.attgenerated), ',' ORDER BY a.attnum)
                FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0)) AS signature
       FROM pg_class c WHERE c.relkind = 'r' AND c.oid >= 16384 AND ($1::oid IS NULL OR c.oid = $1)`,
    [only ?? null],
  );
  return new Map(
    rows.map((row) => [
      Number(row.oid),
      {
        relfilenode: row.relfilenode,
        bytes: Number(row.bytes),
        signature: row.signature,
      },
    ]),
  );
}
