import type { TestClient } from "../../support/postgres-client.ts";
import { isBeyond, type SequenceFacts } from "../dump.ts";

/** Relations of users; what Tidemark keeps in a source is in no base and no restore. */
const USERS = `n.nspname NOT IN ('pg_catalog', 'information_schema', 'tidemark')
  AND n.nspname NOT LIKE 'pg\\_%' AND c.relpersistence = 'p'`;

export interface TableFile {
  readonly name: string;
  /** Which file held the rows when the snapshot was made, and which does now. */
  readonly fileOfSnapshot: string;
  readonly fileNow: string | null;
}

/** Tables and leaf partitions: what has rows of its own. */
export async function listTables(
  reader: TestClient,
): Promise<readonly TableFile[]> {
  // pg_class is read under the snapshot; the function looks at the present.
  const { rows } = await reader.query<TableFile>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name,
            c.relfilenode::text AS "fileOfSnapshot",
            pg_relation_filenode(c.oid)::text AS "fileNow"
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND ${USERS} ORDER BY 1`,
  );
  return rows;
}

export async function listColumns(
  reader: TestClient,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await reader.query<{ name: string; columns: string[] }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name,
            array_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
              CASE WHEN a.attnotnull THEN 'NOT NULL' END,
              'COLLATE ' || nullif(l.collname, 'default'),
              'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
              'identity ' || nullif(a.attidentity::text, ''), 'generated ' || nullif(a.attgenerated::text, ''),
              'storage ' || a.attstorage::text) ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     LEFT JOIN pg_collation l ON l.oid = a.attcollation
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relkind IN ('r', 'p') AND ${USERS} GROUP BY 1`,
  );
  return new Map(rows.map(({ name, columns }) => [name, columns]));
}

interface SequenceRow {
  readonly name: string;
  readonly increment: string;
  /** `[table, column]`, quoted. */
  readonly columns: readonly (readonly [string, string])[];
}

export async function listSequences(
  reader: TestClient,
): Promise<ReadonlyMap<string, SequenceFacts>> {
  const { rows } = await reader.query<SequenceRow>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, s.seqincrement::text AS increment,
            coalesce((SELECT json_agg(json_build_array(column_of.t, column_of.c)) FROM (
              -- Owned or identity, or named by a default.
              SELECT p.refobjid::regclass::text AS t, quote_ident(a.attname) AS c
              FROM pg_depend p JOIN pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid
              WHERE p.classid = 'pg_class'::regclass AND p.objid = c.oid AND p.refobjsubid > 0 AND p.deptype IN ('a', 'i')
              UNION
              SELECT d.adrelid::regclass::text, quote_ident(a.attname)
              FROM pg_depend p JOIN pg_attrdef d ON d.oid = p.objid
              JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
              WHERE p.classid = 'pg_attrdef'::regclass AND p.refobjid = c.oid) column_of), '[]') AS columns
     FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${USERS}`,
  );
  const sequences = new Map<string, SequenceFacts>();
  for (const row of rows) sequences.set(row.name, await readFacts(reader, row));
  return sequences;
}

async function readFacts(
  reader: TestClient,
  { name, increment, columns }: SequenceRow,
): Promise<SequenceFacts> {
  const step = BigInt(increment);
  const { rows } = await reader.query<{ value: string; called: boolean }>(
    `SELECT last_value::text AS value, is_called AS called FROM ${name}`,
  );
  const [state] = rows;
  if (state === undefined) throw new Error(`${name} has no state`);
  const last = BigInt(state.value);
  let furthest: bigint | undefined;
  for (const [table, column] of columns) {
    const end = step > 0n ? "max" : "min";
    const found = await reader.query<{ value: string | null }>(
      `SELECT ${end}(${column})::text AS value FROM ${table}`,
    );
    const value = found.rows[0]?.value ?? null;
    if (value === null) continue;
    const reached = BigInt(value);
    if (furthest === undefined || isBeyond(reached, furthest, step)) {
      furthest = reached;
    }
  }
  return { increment: step, next: state.called ? last + step : last, furthest };
}
