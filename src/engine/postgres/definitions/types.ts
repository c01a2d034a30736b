import { quoteIdentifier, quoteLiteral, quoteQualified } from "../quote.ts";
import { type Draft, makes } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface TypeRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
}

const OWN_TYPES = `pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
  AND ${isUserSchema("n")} AND ${isOwnObject("pg_type", "t.oid")}`;
const TYPE_COLUMNS = `t.oid::int8 AS oid, n.nspname AS namespace, t.typname AS name`;

/** Enums, composite types and ranges; domains and base types have files of their own. */
export async function draftTypes(query: RunQuery): Promise<Draft[]> {
  return [
    ...(await draftEnums(query)),
    ...(await draftComposites(query)),
    ...(await draftRanges(query)),
  ];
}

function draftType(
  row: TypeRow,
  kind: "enum" | "composite type" | "range",
  definition: string,
): Draft {
  return makes("pg_type", row.oid, {
    kind,
    name: `${row.namespace}.${row.name}`,
    phase: "structure",
    statements: [
      `CREATE TYPE ${quoteQualified(row.namespace, row.name)} AS ${definition}`,
    ],
  });
}

async function draftEnums(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<TypeRow & { readonly labels: string[] | null }>(
    query,
    `SELECT ${TYPE_COLUMNS},
       (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid) AS labels
     FROM ${OWN_TYPES} WHERE t.typtype = 'e'`,
  );
  return rows.map((row) =>
    draftType(
      row,
      "enum",
      `ENUM (${(row.labels ?? []).map(quoteLiteral).join(", ")})`,
    ),
  );
}

interface Attribute {
  readonly name: string;
  readonly type: string;
  readonly collation: string | null;
}

async function draftComposites(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<
    TypeRow & { readonly attributes: Attribute[] | null }
  >(
    query,
    `SELECT ${TYPE_COLUMNS}, (
       SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
         'collation', CASE WHEN a.attcollation <> at.typcollation THEN a.attcollation::regcollation::text END) ORDER BY a.attnum)
       FROM pg_attribute AS a JOIN pg_type AS at ON at.oid = a.atttypid
       WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS attributes
     FROM ${OWN_TYPES} JOIN pg_class AS c ON c.oid = t.typrelid AND c.relkind = 'c' WHERE t.typtype = 'c'`,
  );
  return rows.map((row) =>
    draftType(
      row,
      "composite type",
      `(${(row.attributes ?? [])
        .map(
          (attribute) =>
            `${quoteIdentifier(attribute.name)} ${attribute.type}` +
            (attribute.collation === null
              ? ""
              : ` COLLATE ${attribute.collation}`),
        )
        .join(", ")})`,
    ),
  );
}

interface RangeRow extends TypeRow {
  readonly subtype: string;
  readonly opclass: string | null;
  readonly collation: string | null;
  readonly difference: string | null;
  readonly canonical: string | null;
  readonly multirange: string;
}

/** A canonical function takes the range, so a shell of it comes before that function. */
async function draftRanges(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<RangeRow>(
    query,
    `SELECT ${TYPE_COLUMNS}, format_type(r.rngsubtype, NULL) AS subtype,
       CASE WHEN NOT oc.opcdefault THEN format('%I.%I', ocn.nspname, oc.opcname) END AS opclass,
       CASE WHEN r.rngcollation <> s.typcollation THEN r.rngcollation::regcollation::text END AS collation,
       nullif(r.rngsubdiff, 0)::regproc::text AS difference, nullif(r.rngcanonical, 0)::regproc::text AS canonical,
       format('%I.%I', mn.nspname, m.typname) AS multirange
     FROM ${OWN_TYPES} JOIN pg_range AS r ON r.rngtypid = t.oid
       JOIN pg_type AS s ON s.oid = r.rngsubtype
       JOIN pg_type AS m ON m.oid = r.rngmultitypid JOIN pg_namespace AS mn ON mn.oid = m.typnamespace
       JOIN pg_opclass AS oc ON oc.oid = r.rngsubopc JOIN pg_namespace AS ocn ON ocn.oid = oc.opcnamespace`,
  );
  return rows.map((row) => {
    const options = [
      `subtype = ${row.subtype}`,
      ...(row.opclass === null ? [] : [`subtype_opclass = ${row.opclass}`]),
      ...(row.collation === null ? [] : [`collation = ${row.collation}`]),
      ...(row.difference === null ? [] : [`subtype_diff = ${row.difference}`]),
      ...(row.canonical === null ? [] : [`canonical = ${row.canonical}`]),
      `multirange_type_name = ${row.multirange}`,
    ];
    return {
      ...draftType(row, "range", `RANGE (${options.join(", ")})`),
      shell: [`CREATE TYPE ${quoteQualified(row.namespace, row.name)}`],
    };
  });
}
