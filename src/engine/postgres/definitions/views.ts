import { quoteIdentifier, quoteQualified } from "../quote.ts";
import { type TableColumn, readColumns } from "./columns.ts";
import { columnSettings } from "./column-settings.ts";
import { addressOf, type Draft, changes, makes } from "./draft.ts";
import { withOptions } from "./storage-options.ts";
import { type RunQuery, readRowsOf } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface ViewRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly kind: "v" | "m";
  readonly definition: string;
  readonly options: readonly string[] | null;
  readonly accessMethod: string | null;
  readonly populated: boolean;
  readonly columns: readonly ViewColumn[] | null;
}

interface ViewColumn {
  readonly name: string;
  readonly type: string;
  readonly collation: string | null;
  readonly default: string | null;
  readonly defaultOid: number | null;
}

export async function draftViews(query: RunQuery): Promise<Draft[]> {
  const rows = await readRowsOf<ViewRow>(
    query,
    `SELECT c.oid::int8 AS oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('v', 'm') AND ${isUserSchema("n")} AND ${isOwnObject("pg_class", "c.oid")}`,
    (
      some,
    ) => `SELECT c.oid::int8 AS oid, n.nspname AS namespace, c.relname AS name, c.relkind AS kind,
       rtrim(pg_get_viewdef(c.oid), ';') AS definition, c.reloptions AS options, c.relispopulated AS populated,
       CASE WHEN am.amname <> 'heap' THEN am.amname END AS "accessMethod",
       (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
          'collation', CASE WHEN a.attcollation <> 0 THEN a.attcollation::regcollation::text END,
          'default', pg_get_expr(d.adbin, d.adrelid), 'defaultOid', d.oid::int8) ORDER BY a.attnum)
        FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace LEFT JOIN pg_am AS am ON am.oid = c.relam
     WHERE c.oid IN (${some})`,
  );
  const columns = await readColumns(query);
  return rows.flatMap((row) =>
    row.kind === "v"
      ? [draftView(row), ...draftViewDefaults(row)]
      : draftMaterializedView(row, columns.get(row.oid) ?? []),
  );
}

function draftView(row: ViewRow): Draft {
  const name = quoteQualified(row.namespace, row.name);
  const options = withOptions(row.options);
  return makes("pg_class", row.oid, {
    kind: "view",
    name: `${row.namespace}.${row.name}`,
    phase: "structure",
    // OR REPLACE only where a shell stands already, in a database that was empty.
    statements: [
      `CREATE OR REPLACE VIEW ${name}${options} AS\n${row.definition}`,
    ],
    shell: [`CREATE VIEW ${name} AS SELECT ${shellColumns(row)}`],
  });
}

function shellColumns(row: ViewRow): string {
  return (row.columns ?? [])
    .map(
      (column) =>
        `CAST(NULL AS ${column.type})` +
        (column.collation === null ? "" : ` COLLATE ${column.collation}`) +
        ` AS ${quoteIdentifier(column.name)}`,
    )
    .join(", ");
}

function draftViewDefaults(row: ViewRow): Draft[] {
  const name = quoteQualified(row.namespace, row.name);
  return (row.columns ?? []).flatMap((column) => {
    if (column.defaultOid === null || column.default === null) return [];
    return makes("pg_attrdef", column.defaultOid, {
      kind: "default",
      name: `${row.namespace}.${row.name}.${column.name}`,
      phase: "structure",
      statements: [
        `ALTER VIEW ${name} ALTER COLUMN ${quoteIdentifier(column.name)} SET DEFAULT ${column.default}`,
      ],
      needs: [addressOf("pg_class", row.oid)],
    });
  });
}

/** Empty until the tables are full; its rows are what the restored tables give, not history. */
function draftMaterializedView(
  row: ViewRow,
  columns: readonly TableColumn[],
): Draft[] {
  const name = quoteQualified(row.namespace, row.name);
  const label = `${row.namespace}.${row.name}`;
  const settings = columnSettings({ ...row, columns, parents: [] }, new Map());
  const using =
    row.accessMethod === null
      ? ""
      : ` USING ${quoteIdentifier(row.accessMethod)}`;
  const made = makes("pg_class", row.oid, {
    kind: "materialized view",
    name: label,
    phase: "structure",
    statements: [
      `CREATE MATERIALIZED VIEW ${name}${using}${withOptions(row.options)} AS\n${row.definition}\nWITH NO DATA`,
      ...settings.map((sql) =>
        sql.replace(/^ALTER TABLE ONLY/, "ALTER MATERIALIZED VIEW"),
      ),
    ],
  });
  if (!row.populated) return [made];
  return [
    made,
    changes(
      "pg_class",
      { oid: row.oid },
      {
        kind: "refresh",
        name: label,
        phase: "rest",
        statements: [`REFRESH MATERIALIZED VIEW ${name}`],
        optional: true,
      },
    ),
  ];
}
