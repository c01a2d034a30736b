import { quoteQualified } from "../quote.ts";
import { type Catalog, type Draft, makes } from "./draft.ts";
import type { Kind } from "./kinds.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface TextSearchRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly definition: string;
  readonly mappings: readonly string[] | null;
}

interface Part {
  readonly catalog: Catalog;
  readonly kind: Kind;
  readonly command: string;
  /** SELECT list and FROM, with the object as `o` and its namespace as `n`. */
  readonly sql: string;
}

const NAME = (column: string): string =>
  `o.oid::int8 AS oid, n.nspname AS namespace, o.${column} AS name`;
const OPTIONS = (...options: readonly string[]): string =>
  `concat_ws(', ', ${options.join(", ")}) AS definition`;
const FUNCTION = (option: string, column: string): string =>
  `'${option} = ' || nullif(o.${column}, 0)::regproc::text`;

const PARTS: readonly Part[] = [
  {
    catalog: "pg_ts_parser",
    kind: "text search parser",
    command: "PARSER",
    sql: `${NAME("prsname")}, ${OPTIONS(
      FUNCTION("START", "prsstart"),
      FUNCTION("GETTOKEN", "prstoken"),
      FUNCTION("END", "prsend"),
      FUNCTION("HEADLINE", "prsheadline"),
      FUNCTION("LEXTYPES", "prslextype"),
    )} FROM pg_ts_parser AS o JOIN pg_namespace AS n ON n.oid = o.prsnamespace`,
  },
  {
    catalog: "pg_ts_template",
    kind: "text search template",
    command: "TEMPLATE",
    sql: `${NAME("tmplname")}, ${OPTIONS(FUNCTION("INIT", "tmplinit"), FUNCTION("LEXIZE", "tmpllexize"))}
      FROM pg_ts_template AS o JOIN pg_namespace AS n ON n.oid = o.tmplnamespace`,
  },
  {
    catalog: "pg_ts_dict",
    kind: "text search dictionary",
    command: "DICTIONARY",
    sql: `${NAME("dictname")}, ${OPTIONS(`format('TEMPLATE = %I.%I', tn.nspname, t.tmplname)`, "o.dictinitoption")}
      FROM pg_ts_dict AS o JOIN pg_namespace AS n ON n.oid = o.dictnamespace
      JOIN pg_ts_template AS t ON t.oid = o.dicttemplate JOIN pg_namespace AS tn ON tn.oid = t.tmplnamespace`,
  },
  {
    catalog: "pg_ts_config",
    kind: "text search configuration",
    command: "CONFIGURATION",
    sql: `${NAME("cfgname")}, format('PARSER = %I.%I', pn.nspname, p.prsname) AS definition,
      (SELECT json_agg(m.text ORDER BY m.text) FROM (
        SELECT format('FOR %I WITH %s', (SELECT t.alias FROM ts_token_type(o.cfgparser) AS t WHERE t.tokid = map.maptokentype),
          string_agg(format('%I.%I', dn.nspname, d.dictname), ', ' ORDER BY map.mapseqno)) AS text
        FROM pg_ts_config_map AS map JOIN pg_ts_dict AS d ON d.oid = map.mapdict JOIN pg_namespace AS dn ON dn.oid = d.dictnamespace
        WHERE map.mapcfg = o.oid GROUP BY map.maptokentype) AS m) AS mappings
      FROM pg_ts_config AS o JOIN pg_namespace AS n ON n.oid = o.cfgnamespace
      JOIN pg_ts_parser AS p ON p.oid = o.cfgparser JOIN pg_namespace AS pn ON pn.oid = p.prsnamespace`,
  },
];

export async function draftTextSearch(query: RunQuery): Promise<Draft[]> {
  const drafts: Draft[] = [];
  for (const part of PARTS) drafts.push(...(await draftPart(query, part)));
  return drafts;
}

async function draftPart(query: RunQuery, part: Part): Promise<Draft[]> {
  const rows = await readRows<TextSearchRow>(
    query,
    `SELECT ${part.sql} WHERE ${isUserSchema("n")} AND ${isOwnObject(part.catalog, "o.oid")}`,
  );
  return rows.map((row) => {
    const name = quoteQualified(row.namespace, row.name);
    return makes(part.catalog, row.oid, {
      kind: part.kind,
      name: `${row.namespace}.${row.name}`,
      phase: "structure",
      statements: [
        `CREATE TEXT SEARCH ${part.command} ${name} (${row.definition})`,
        ...(row.mappings ?? []).map(
          (mapping) =>
            `ALTER TEXT SEARCH ${part.command} ${name} ADD MAPPING ${mapping}`,
        ),
      ],
    });
  });
}
