import type { DefinedSequence } from "../../definitions.ts";
import { quoteQualified } from "../quote.ts";
import { addressOf, type Draft, changes, makes } from "./draft.ts";
import { type SequenceOptions, sequenceOptions } from "./sequence-options.ts";
import { READ_AT_ONCE, type RunQuery, readRows, readRowsOf } from "./query.ts";
import { type Table, readDescendants } from "./tables.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface Feeds {
  readonly table: number;
  readonly column: string;
}

export interface Sequence extends SequenceOptions {
  readonly oid: number;
  /** Made by its identity column. */
  readonly isIdentity: boolean;
  /** OWNED BY. */
  readonly owner: (Feeds & { readonly label: string }) | null;
  readonly feeds: readonly Feeds[] | null;
}

export async function readSequences(
  query: RunQuery,
): Promise<readonly Sequence[]> {
  return await readRowsOf<Sequence>(
    query,
    `SELECT c.oid::int8 AS oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind = 'S' AND ${isUserSchema("n")} AND ${isOwnObject("pg_class", "c.oid")} ORDER BY n.nspname, c.relname`,
    (
      some,
    ) => `SELECT c.oid::int8 AS oid, n.nspname AS namespace, c.relname AS name, c.relpersistence = 'u' AS unlogged,
       format_type(s.seqtypid, NULL) AS type, s.seqstart::text AS start, s.seqincrement::text AS increment,
       s.seqmin::text AS minimum, s.seqmax::text AS maximum, s.seqcache::text AS cache, s.seqcycle AS cycle,
       owns.deptype IS NOT DISTINCT FROM 'i' AS "isIdentity",
       CASE WHEN owns.deptype = 'a' THEN json_build_object('table', ot.oid::int8, 'column', oa.attname,
         'label', format('%I.%I.%I', otn.nspname, ot.relname, oa.attname)) END AS owner,
       (SELECT json_agg(json_build_object('table', fed.relation::int8, 'column', fa.attname) ORDER BY fed.relation, fed.number)
        FROM (SELECT owns.refobjid AS relation, owns.refobjsubid AS number WHERE owns.refobjid IS NOT NULL
              UNION SELECT ad.adrelid, ad.adnum FROM pg_depend AS calls JOIN pg_attrdef AS ad ON ad.oid = calls.objid
              WHERE calls.classid = 'pg_attrdef'::regclass AND calls.refclassid = 'pg_class'::regclass AND calls.refobjid = c.oid) AS fed
          JOIN pg_attribute AS fa ON fa.attrelid = fed.relation AND fa.attnum = fed.number) AS feeds
     FROM pg_sequence AS s JOIN pg_class AS c ON c.oid = s.seqrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
       LEFT JOIN pg_depend AS owns ON owns.classid = 'pg_class'::regclass AND owns.objid = c.oid
         AND owns.refclassid = 'pg_class'::regclass AND owns.refobjsubid > 0 AND owns.deptype IN ('a', 'i')
       LEFT JOIN pg_class AS ot ON ot.oid = owns.refobjid LEFT JOIN pg_namespace AS otn ON otn.oid = ot.relnamespace
       LEFT JOIN pg_attribute AS oa ON oa.attrelid = owns.refobjid AND oa.attnum = owns.refobjsubid
     WHERE c.oid IN (${some}) ORDER BY n.nspname, c.relname`,
  );
}

/** Identity sequences are made with their columns. */
export function draftSequences(sequences: readonly Sequence[]): Draft[] {
  return sequences
    .filter((sequence) => !sequence.isIdentity)
    .flatMap((sequence) => [draftSequence(sequence), ...draftOwner(sequence)]);
}

function draftSequence(sequence: Sequence): Draft {
  return makes("pg_class", sequence.oid, {
    kind: "sequence",
    name: `${sequence.namespace}.${sequence.name}`,
    phase: "structure",
    statements: [
      `CREATE ${sequence.unlogged ? "UNLOGGED " : ""}SEQUENCE ${quoteQualified(sequence.namespace, sequence.name)} AS ${sequence.type} ${sequenceOptions(sequence)}`,
    ],
  });
}

/** Apart from the sequence: its table's default needs the sequence first. */
function draftOwner(sequence: Sequence): Draft[] {
  if (sequence.owner === null) return [];
  return [
    changes(
      "pg_class",
      { oid: sequence.oid },
      {
        kind: "sequence owner",
        name: `${sequence.namespace}.${sequence.name}`,
        phase: "structure",
        statements: [
          `ALTER SEQUENCE ${quoteQualified(sequence.namespace, sequence.name)} OWNED BY ${sequence.owner.label}`,
        ],
        needs: [addressOf("pg_class", sequence.owner.table)],
        table: sequence.owner.table,
      },
    ),
  ];
}

/** With values as they are now: sequences do not follow a snapshot, so they are never behind it. */
export async function readDefinedSequences(
  query: RunQuery,
  sequences: readonly Sequence[],
  tables: ReadonlyMap<number, Table>,
): Promise<readonly DefinedSequence[]> {
  const values = await readValues(query, sequences);
  const below = readDescendants(tables);
  return sequences.map((sequence) => {
    const value = values.get(sequence.oid);
    return {
      sequence: sequence.oid,
      namespace: sequence.namespace,
      name: sequence.name,
      increment: sequence.increment,
      lastValue: value?.last ?? sequence.start,
      isCalled: value?.called ?? false,
      columns: withRows(sequence.feeds ?? [], { tables, below }),
    };
  });
}

interface SequenceValueRow {
  readonly oid: number;
  readonly last: string;
  readonly called: boolean;
}

/**
 * From the sequences themselves: pg_sequence_last_value does not show a value that was set and not called, and its lock on
 * the sequence stays until the transaction ends.
 */
async function readValues(
  query: RunQuery,
  sequences: readonly Sequence[],
): Promise<ReadonlyMap<number, SequenceValueRow>> {
  const values = new Map<number, SequenceValueRow>();
  for (let from = 0; from < sequences.length; from += READ_AT_ONCE) {
    const sql = sequences
      .slice(from, from + READ_AT_ONCE)
      .map(
        ({ oid, namespace, name }) =>
          `SELECT ${oid} AS oid, last_value::text AS last, is_called AS called FROM ${quoteQualified(namespace, name)}`,
      )
      .join(" UNION ALL ");
    for (const row of await readRows<SequenceValueRow>(query, sql))
      values.set(row.oid, row);
  }
  return values;
}

/** A partitioned table's rows are in its leaves. */
function withRows(
  feeds: readonly Feeds[],
  known: {
    readonly tables: ReadonlyMap<number, Table>;
    readonly below: ReadonlyMap<number, ReadonlySet<number>>;
  },
): Feeds[] {
  const columns = feeds.flatMap(({ table, column }) =>
    known.tables.get(table)?.kind === "p"
      ? [...(known.below.get(table) ?? [])].map((leaf) => ({
          table: leaf,
          column,
        }))
      : [{ table, column }],
  );
  const unique = new Map(
    columns
      .filter(({ table }) => known.tables.get(table)?.kind === "r")
      .map((fed) => [`${fed.table} ${fed.column}`, fed]),
  );
  return [...unique.values()];
}
