import { quoteIdentifier, quoteQualified } from "../quote.ts";
import { addressOf, type Draft, makes } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface FamilyRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly method: string;
  /** Operators and functions that belong to no class. */
  readonly members: readonly string[] | null;
}

/** `OPERATOR n …` and `FUNCTION n …` of what depends on this class or family (pg_depend tells them apart). */
function membersOf(catalog: "pg_opclass" | "pg_opfamily", oid: string): string {
  const belongs = (table: string, member: string) =>
    `EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = '${table}'::regclass AND d.objid = ${member}
       AND d.refclassid = '${catalog}'::regclass AND d.refobjid = ${oid})`;
  return `(SELECT json_agg(m.text ORDER BY m.text) FROM (
    SELECT format('OPERATOR %s %s', o.amopstrategy, o.amopopr::regoperator) || CASE WHEN o.amoppurpose = 'o'
      THEN (SELECT format(' FOR ORDER BY %I.%I', sn.nspname, s.opfname) FROM pg_opfamily AS s
        JOIN pg_namespace AS sn ON sn.oid = s.opfnamespace WHERE s.oid = o.amopsortfamily) ELSE '' END AS text
      FROM pg_amop AS o WHERE ${belongs("pg_amop", "o.oid")}
    UNION ALL SELECT format('FUNCTION %s (%s, %s) %s', p.amprocnum, format_type(p.amproclefttype, NULL),
        format_type(p.amprocrighttype, NULL), p.amproc::regprocedure)
      FROM pg_amproc AS p WHERE ${belongs("pg_amproc", "p.oid")}) AS m)`;
}

export async function draftOperatorFamilies(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<FamilyRow>(
    query,
    `SELECT f.oid::int8 AS oid, n.nspname AS namespace, f.opfname AS name, am.amname AS method,
       ${membersOf("pg_opfamily", "f.oid")} AS members
     FROM pg_opfamily AS f JOIN pg_namespace AS n ON n.oid = f.opfnamespace JOIN pg_am AS am ON am.oid = f.opfmethod
     WHERE ${isUserSchema("n")} AND ${isOwnObject("pg_opfamily", "f.oid")}`,
  );
  return rows.map((row) => {
    const name = `${quoteQualified(row.namespace, row.name)} USING ${quoteIdentifier(row.method)}`;
    return makes("pg_opfamily", row.oid, {
      kind: "operator family",
      name: `${row.namespace}.${row.name}`,
      phase: "structure",
      statements: [
        `CREATE OPERATOR FAMILY ${name}`,
        ...(row.members === null
          ? []
          : [`ALTER OPERATOR FAMILY ${name} ADD ${row.members.join(", ")}`]),
      ],
    });
  });
}

interface ClassRow extends FamilyRow {
  readonly isDefault: boolean;
  readonly type: string;
  readonly family: string;
  readonly familyOid: number;
  readonly storage: string | null;
}

export async function draftOperatorClasses(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<ClassRow>(
    query,
    `SELECT c.oid::int8 AS oid, n.nspname AS namespace, c.opcname AS name, am.amname AS method, c.opcdefault AS "isDefault",
       format_type(c.opcintype, NULL) AS type, format('%I.%I', fn.nspname, f.opfname) AS family, f.oid::int8 AS "familyOid",
       CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END AS storage,
       ${membersOf("pg_opclass", "c.oid")} AS members
     FROM pg_opclass AS c JOIN pg_namespace AS n ON n.oid = c.opcnamespace JOIN pg_am AS am ON am.oid = c.opcmethod
       JOIN pg_opfamily AS f ON f.oid = c.opcfamily JOIN pg_namespace AS fn ON fn.oid = f.opfnamespace
     WHERE ${isUserSchema("n")} AND ${isOwnObject("pg_opclass", "c.oid")}`,
  );
  return rows.map((row) => {
    // A class has at least one item; its own type as storage is what it has anyway.
    const storage =
      row.storage ?? (row.members === null ? row.type : undefined);
    const items = [
      ...(row.members ?? []),
      ...(storage === undefined ? [] : [`STORAGE ${storage}`]),
    ];
    return makes("pg_opclass", row.oid, {
      kind: "operator class",
      name: `${row.namespace}.${row.name}`,
      phase: "structure",
      statements: [
        `CREATE OPERATOR CLASS ${quoteQualified(row.namespace, row.name)}${row.isDefault ? " DEFAULT" : ""}` +
          ` FOR TYPE ${row.type} USING ${quoteIdentifier(row.method)} FAMILY ${row.family} AS ${items.join(", ")}`,
      ],
      needs: [addressOf("pg_opfamily", row.familyOid)],
    });
  });
}
