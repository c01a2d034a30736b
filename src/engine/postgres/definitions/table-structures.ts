import type { TableId } from "../../../core/shape.ts";
import type {
  ForeignKeyAction,
  StructureColumn,
  StructureForeignKey,
  StructureKey,
  StructureType,
  TableStructure,
} from "../../table-structure.ts";
import { columnDefault } from "./column-default.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isUserSchema } from "./user-objects.ts";

/** Tables that hold rows of their own, as other engines can read what they are made of; three queries for all of them. */
export async function readTableStructures(
  query: RunQuery,
): Promise<ReadonlyMap<TableId, TableStructure>> {
  const columns = Map.groupBy(
    await readRows<ColumnRow>(query, COLUMNS),
    tableOf,
  );
  const keys = Map.groupBy(await readRows<KeyRow>(query, KEYS), tableOf);
  const foreignKeys = Map.groupBy(
    await readRows<ForeignKeyRow>(query, FOREIGN_KEYS),
    tableOf,
  );
  return new Map(
    [...columns].map(([table, rows]) => [
      table,
      {
        columns: rows.map(structureColumn),
        keys: (keys.get(table) ?? []).map(structureKey),
        foreignKeys: (foreignKeys.get(table) ?? []).map(structureForeignKey),
      },
    ]),
  );
}

function tableOf({ table }: { readonly table: number }): TableId {
  return table;
}

interface TypeRow {
  readonly type: string;
  readonly kind: string;
  readonly isExtended: boolean;
  readonly labels: readonly string[] | null;
}

interface ColumnRow extends TypeRow {
  readonly table: number;
  readonly name: string;
  readonly notNull: boolean;
  readonly collation: string | null;
  readonly expression: string | null;
  readonly generated: string;
  readonly identity: string;
  readonly element: TypeRow | null;
}

/** A domain goes by the type below it, its length with it. */
const BASE_TYPES = `WITH RECURSIVE base (type, base, modifier, kind, below) AS (
    SELECT t.oid, t.oid, -1, t.typtype, t.typbasetype FROM pg_type AS t
    UNION ALL
    SELECT b.type, t.oid, d.typtypmod, t.typtype, t.typbasetype
    FROM base AS b JOIN pg_type AS d ON d.oid = b.base JOIN pg_type AS t ON t.oid = b.below WHERE b.kind = 'd'),
  below AS (SELECT * FROM base WHERE kind <> 'd')`;

function describeType(type: string, modifier: string): string {
  return `'type', format_type(${type}.oid, ${modifier}), 'kind', ${type}.typtype,
    'isExtended', ${type}.typnamespace <> 'pg_catalog'::regnamespace,
    'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = ${type}.oid)`;
}

const MODIFIER = `CASE WHEN b.type = b.base THEN a.atttypmod ELSE b.modifier END`;

const COLUMNS = `${BASE_TYPES}
  SELECT r.*, described.*
  FROM (
    SELECT c.oid::int8 AS table, n.nspname AS namespace, c.relname, a.attnum, a.attname AS name,
      a.attnotnull OR declared.typnotnull AS "notNull",
      CASE WHEN a.attcollation <> 0 AND NOT l.collisdeterministic THEN a.attcollation::regcollation::text END AS collation,
      coalesce(pg_get_expr(d.adbin, d.adrelid), pg_get_expr(declared.typdefaultbin, 0), quote_literal(declared.typdefault)) AS expression,
      a.attgenerated AS generated, a.attidentity AS identity,
      json_build_object(${describeType("t", MODIFIER)}) AS described,
      CASE WHEN element.typarray = t.oid THEN (
        SELECT json_build_object(${describeType("et", `CASE WHEN eb.type = eb.base THEN ${MODIFIER} ELSE eb.modifier END`)})
        FROM below AS eb JOIN pg_type AS et ON et.oid = eb.base WHERE eb.type = element.oid) END AS element
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type AS declared ON declared.oid = a.atttypid
      JOIN below AS b ON b.type = a.atttypid JOIN pg_type AS t ON t.oid = b.base
      LEFT JOIN pg_type AS element ON element.oid = t.typelem
      LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
      LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relkind = 'r' AND ${isUserSchema("n")}) AS r,
    json_to_record(r.described) AS described (type text, kind text, "isExtended" boolean, labels json)
  ORDER BY r.table, r.attnum`;

function structureColumn(row: ColumnRow): StructureColumn {
  const expression = row.expression ?? undefined;
  return {
    name: row.name,
    ...structureType(row, row.element),
    nullable: !row.notNull,
    ...(row.collation === null ? {} : { collation: row.collation }),
    ...(row.generated !== "" && expression !== undefined
      ? { generated: expression }
      : {}),
    ...(row.identity !== ""
      ? { default: { kind: "sequence" } }
      : row.generated === "" && expression !== undefined
        ? columnDefault(expression)
        : {}),
  };
}

function structureType(row: TypeRow, element: TypeRow | null): StructureType {
  if (element !== null) {
    return {
      type: row.type,
      kind: "array",
      element: structureType(element, null),
    };
  }
  const kind = KINDS[row.kind] ?? (row.isExtended ? "extended" : undefined);
  return {
    type: row.type,
    ...(kind === undefined ? {} : { kind }),
    ...(row.labels === null ? {} : { labels: row.labels }),
  };
}

const KINDS: Readonly<Record<string, StructureType["kind"]>> = {
  e: "enum",
  c: "composite",
  r: "range",
  m: "range",
};

interface KeyRow {
  readonly table: number;
  readonly name: string;
  readonly isPrimary: boolean;
  readonly isUnique: boolean;
  readonly columns: readonly {
    readonly name: string;
    readonly descending: boolean;
  }[];
  readonly method: string;
  readonly isPartial: boolean;
  readonly hasExpressions: boolean;
  readonly excludes: boolean;
  readonly nullsNotDistinct: boolean;
  readonly isDeferrable: boolean;
  readonly isOrdinary: boolean;
  readonly includes: boolean;
}

const KEYS = `
  SELECT i.indrelid::int8 AS table, c.relname AS name, i.indisprimary AS "isPrimary", i.indisunique AS "isUnique",
    (SELECT json_agg(json_build_object('name', a.attname, 'descending', k.option & 1 = 1) ORDER BY k.place)
     FROM unnest(i.indkey::int2[], i.indoption::int2[]) WITH ORDINALITY AS k (number, option, place)
       JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
     WHERE k.place <= i.indnkeyatts) AS columns,
    am.amname AS method, i.indpred IS NOT NULL AS "isPartial", i.indexprs IS NOT NULL AS "hasExpressions",
    i.indisexclusion AS excludes, coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS "nullsNotDistinct",
    NOT i.indimmediate AS "isDeferrable", i.indnatts > i.indnkeyatts AS includes,
    (SELECT bool_and(oc.opcdefault AND k.sorting IN (0, a.attcollation))
     FROM unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[]) WITH ORDINALITY AS k (number, class, sorting, place)
       JOIN pg_opclass AS oc ON oc.oid = k.class JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
     WHERE k.place <= i.indnkeyatts) IS NOT FALSE AS "isOrdinary"
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS am ON am.oid = c.relam
    JOIN pg_class AS t ON t.oid = i.indrelid AND t.relkind = 'r' JOIN pg_namespace AS n ON n.oid = t.relnamespace
  WHERE ${isUserSchema("n")} AND i.indisvalid
  ORDER BY i.indrelid, i.indisprimary DESC, i.indisunique DESC, c.relname`;

function structureKey(row: KeyRow): StructureKey {
  const peculiar = peculiarity(row);
  const loses = [
    ...(row.isDeferrable ? ["DEFERRABLE"] : []),
    ...(row.includes ? ["its INCLUDE columns"] : []),
  ];
  return {
    kind: row.isPrimary ? "primary" : row.isUnique ? "unique" : "index",
    name: row.name,
    columns: (row.columns ?? []).map(({ name, descending }) => ({
      name,
      ...(descending ? { descending: true } : {}),
    })),
    ...(peculiar === undefined ? {} : { peculiar }),
    ...(loses.length === 0 ? {} : { loses }),
  };
}

function peculiarity(row: KeyRow): string | undefined {
  if (row.excludes) return "EXCLUDE";
  if (row.hasExpressions) return "of an expression";
  if (row.isPartial) return "partial";
  if (row.method !== "btree") return row.method;
  if (row.nullsNotDistinct) return "NULLS NOT DISTINCT";
  return row.isOrdinary
    ? undefined
    : "of an operator class or collation of its own";
}

interface ForeignKeyRow {
  readonly table: number;
  readonly name: string;
  readonly columns: readonly string[];
  readonly references: {
    readonly namespace: string;
    readonly name: string;
    readonly columns: readonly string[];
  };
  readonly onUpdate: string;
  readonly onDelete: string;
  readonly isDeferrable: boolean;
  readonly isFull: boolean;
  readonly setsSome: boolean;
  readonly isEnforced: boolean;
}

const names = (table: string, numbers: string) => `(
  SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(${numbers}) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute AS a ON a.attrelid = ${table} AND a.attnum = k.number)`;

/** Of those that the server makes for every partition of a referenced table, only the one that was asked for. */
const FOREIGN_KEYS = `
  SELECT c.conrelid::int8 AS table, c.conname AS name, ${names("c.conrelid", "c.conkey")} AS columns,
    json_build_object('namespace', rn.nspname, 'name', r.relname, 'columns', ${names("c.confrelid", "c.confkey")}) AS references,
    c.confupdtype AS "onUpdate", c.confdeltype AS "onDelete", c.condeferrable AS "isDeferrable", c.confmatchtype = 'f' AS "isFull",
    coalesce(jsonb_typeof(to_jsonb(c) -> 'confdelsetcols') = 'array', false) AS "setsSome",
    coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true) AS "isEnforced"
  FROM pg_constraint AS c JOIN pg_class AS t ON t.oid = c.conrelid AND t.relkind = 'r' JOIN pg_namespace AS n ON n.oid = t.relnamespace
    JOIN pg_class AS r ON r.oid = c.confrelid JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
  WHERE c.contype = 'f' AND ${isUserSchema("n")}
    AND NOT EXISTS (SELECT FROM pg_constraint AS p WHERE p.oid = c.conparentid AND p.conrelid = c.conrelid)
  ORDER BY c.conrelid, c.conname`;

const ACTIONS: Readonly<Record<string, ForeignKeyAction>> = {
  a: "NO ACTION",
  r: "RESTRICT",
  c: "CASCADE",
  n: "SET NULL",
  d: "SET DEFAULT",
};

function structureForeignKey(row: ForeignKeyRow): StructureForeignKey {
  const { name, columns, references } = row;
  const loses = [
    ...(row.isDeferrable ? ["DEFERRABLE"] : []),
    ...(row.isFull && columns.length > 1 ? ["MATCH FULL"] : []),
  ];
  const peculiar = row.setsSome
    ? "SET NULL of some columns"
    : row.isEnforced
      ? undefined
      : "NOT ENFORCED";
  return {
    ...{ name, columns, references },
    onUpdate: ACTIONS[row.onUpdate] ?? "NO ACTION",
    onDelete: ACTIONS[row.onDelete] ?? "NO ACTION",
    ...(peculiar === undefined ? {} : { peculiar }),
    ...(loses.length === 0 ? {} : { loses }),
  };
}
