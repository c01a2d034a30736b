/** Types whose values hash by oids: enums and aliases of oid, and what is made of them. */
const OID_HASHED_TYPES = `WITH RECURSIVE made (root, id) AS (
    SELECT DISTINCT a.atttypid, a.atttypid FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = ANY (p.partattrs)
     WHERE p.partstrat = 'h'
     UNION
    SELECT made.root, part.id FROM made JOIN pg_type t ON t.oid = made.id CROSS JOIN LATERAL (
      VALUES (t.typbasetype), (t.typelem), ((SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid))
       UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND NOT a.attisdropped) AS part (id)
     WHERE part.id <> 0)
  SELECT made.root FROM made JOIN pg_type t ON t.oid = made.id
   WHERE t.typtype = 'e' OR t.typname LIKE 'reg%' AND t.typnamespace = 'pg_catalog'::regnamespace`;

/**
 * SQL of the tables that are partitioned by the hash of something which is a number of this database's own making: in another one
 * their rows belong into other partitions. `check` says so before it matters, and a base for whoever restores.
 */
export const OID_HASHED_TABLES = `SELECT p.partrelid FROM pg_partitioned_table p
   WHERE p.partstrat = 'h' AND EXISTS (
     SELECT FROM pg_attribute a WHERE a.attrelid = p.partrelid AND a.attnum = ANY (p.partattrs) AND a.atttypid IN (${OID_HASHED_TYPES}))`;
