import { inTransaction, type SqlSession } from "./sql-session.ts";

/** What a database holds, made by its own server: none of Tidemark's own code has a part in the proof. */
export interface Fingerprint {
  /** By `schema.table`; MySQL: by table. */
  readonly tables: ReadonlyMap<string, TableFingerprint>;
  /** Columns, constraints, indexes, views and types, a line each. */
  readonly definitions: readonly string[];
}

export interface TableFingerprint {
  readonly rows: number;
  /** SHA-256 over the sorted SHA-256s of all rows as text. */
  readonly sha256: string;
}

const USER_SCHEMA = `n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'tidemark')`;

const DEFINITIONS = `
  SELECT format('column %s.%s %s%s identity=%s default=%s', a.attrelid::regclass, a.attname,
                format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' NOT NULL' END, a.attidentity,
                pg_get_expr(d.adbin, d.adrelid)) AS line
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r' AND ${USER_SCHEMA}
  UNION ALL
  SELECT format('constraint %s on %s: %s', k.conname, k.conrelid::regclass, pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
   WHERE k.conrelid <> 0 AND ${USER_SCHEMA}
  UNION ALL
  SELECT pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE ${USER_SCHEMA}
  UNION ALL
  SELECT format('view %s: %s', c.oid::regclass, pg_get_viewdef(c.oid))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'v' AND ${USER_SCHEMA}
  UNION ALL
  SELECT format('enum %s: %s', t.oid::regtype, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder))
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid JOIN pg_namespace n ON n.oid = t.typnamespace
   WHERE ${USER_SCHEMA}
   GROUP BY t.oid
   ORDER BY line`;

/**
 * Reads everything once. Inside a transaction that has locked the tables against writers it is exact; of a database that
 * nobody writes to, always.
 */
export async function takeFingerprint(
  session: SqlSession,
): Promise<Fingerprint> {
  const names = await session.query<{ name: string; relation: string }>(
    `SELECT format('%s.%s', n.nspname, c.relname) AS name, format('%I.%I', n.nspname, c.relname) AS relation
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND ${USER_SCHEMA} ORDER BY 1`,
  );
  const tables = new Map<string, TableFingerprint>();
  for (const { name, relation } of names) {
    const [found] = await session.query<{
      rows: number;
      sha256: string;
    }>(
      `SELECT count(*)::int4 AS rows, encode(sha256(coalesce(string_agg(row, '' ORDER BY row), '')), 'hex') AS sha256
         FROM (SELECT sha256(convert_to(t::text, 'UTF8')) AS row FROM ONLY ${relation} AS t) AS hashed`,
    );
    if (found !== undefined) tables.set(name, found);
  }
  const definitions = await session.query<{ line: string }>(DEFINITIONS);
  return { tables, definitions: definitions.map(({ line }) => line) };
}

/** The same, of a database at rest. */
export function fingerprintAtRest(session: SqlSession): Promise<Fingerprint> {
  return inTransaction(session, async () => {
    await session.query(
      "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    );
    return takeFingerprint(session);
  });
}

/** What differs, a line each; none: equal. Pure. */
export function compareFingerprints(
  expected: Fingerprint,
  found: Fingerprint,
): string[] {
  const names = new Set([...expected.tables.keys(), ...found.tables.keys()]);
  return [
    ...[...names].sort().flatMap((name) => {
      const was = expected.tables.get(name);
      const is = found.tables.get(name);
      if (was === undefined) return [`${name} was not there`];
      if (is === undefined) return [`${name} is missing`];
      if (was.rows !== is.rows)
        return [`${name} has ${is.rows} rows and had ${was.rows}`];
      return was.sha256 === is.sha256
        ? []
        : [`${name} has other rows, though as many (${is.rows})`];
    }),
    ...without(expected.definitions, found.definitions).map(
      (line) => `missing: ${line}`,
    ),
    ...without(found.definitions, expected.definitions).map(
      (line) => `was not there: ${line}`,
    ),
  ];
}

function without(
  lines: readonly string[],
  others: readonly string[],
): readonly string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}
