import { quoteIdentifier, quoteQualified } from "../quote.ts";
import { addressOf, type Draft, changes, makes } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface OnRelation {
  readonly oid: number;
  readonly name: string;
  readonly relation: number;
  readonly isTable: boolean;
  readonly namespace: string;
  readonly relationName: string;
  readonly definition: string;
  /** O: enabled, D: disabled, R: on a replica, A: always. */
  readonly enabled: string;
}

/** What ALTER … TRIGGER calls tgenabled and evtenabled. */
export const TRIGGER_STATES: Readonly<Record<string, string>> = {
  O: "ENABLE",
  D: "DISABLE",
  R: "ENABLE REPLICA",
  A: "ENABLE ALWAYS",
};

/** Of which `t` is a copy, in a partition at any depth. */
const TOP_TRIGGER = `
  WITH RECURSIVE above AS (
    SELECT a.oid, a.tgparentid, a.tgenabled FROM pg_trigger AS a WHERE a.oid = t.tgparentid
    UNION ALL SELECT a.oid, a.tgparentid, a.tgenabled FROM pg_trigger AS a JOIN above AS b ON a.oid = b.tgparentid)
  SELECT above.oid, above.tgenabled FROM above WHERE above.tgparentid = 0`;

const RELATION_COLUMNS = `r.oid::int8 AS relation, r.relkind IN ('r', 'p') AS "isTable",
  n.nspname AS namespace, r.relname AS "relationName"`;

/**
 * Those of partitioned tables reach their partitions by themselves, in the state of the topmost one; a partition that differs
 * from that says so after it, and for itself alone: ALTER TABLE without ONLY would say it for its own partitions too.
 */
export async function draftTriggers(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<OnRelation & { readonly parent: number | null }>(
    query,
    `SELECT t.oid::int8 AS oid, t.tgname AS name, ${RELATION_COLUMNS},
       pg_get_triggerdef(t.oid) AS definition, t.tgenabled AS enabled, p.oid::int8 AS parent
     FROM pg_trigger AS t JOIN pg_class AS r ON r.oid = t.tgrelid AND r.relkind IN ('r', 'p', 'v')
       JOIN pg_namespace AS n ON n.oid = r.relnamespace
       LEFT JOIN LATERAL (${TOP_TRIGGER}) AS p ON true
     WHERE ${isUserSchema("n")} AND ${isOwnObject("pg_trigger", "t.oid")}
       AND CASE WHEN p.oid IS NULL THEN NOT t.tgisinternal
         -- In 14 the copies in partitions count as internal, as those of foreign keys do everywhere.
         ELSE t.tgenabled <> p.tgenabled AND NOT EXISTS (
           SELECT FROM pg_constraint AS k WHERE k.oid = t.tgconstraint AND k.contype <> 't') END`,
  );
  return rows.flatMap((row) => {
    if (row.parent !== null)
      return [stateOf(row, [addressOf("pg_trigger", row.parent)])];
    return [
      makes("pg_trigger", row.oid, {
        kind: "trigger",
        ...fieldsOf(row),
        statements: [
          row.definition,
          ...(row.enabled === "O" ? [] : [stateStatement(row)]),
        ],
        needs: [addressOf("pg_class", row.relation)],
      }),
    ];
  });
}

function stateOf(row: OnRelation, needs: readonly string[]): Draft {
  return changes(
    "pg_class",
    { oid: row.relation, subid: `0:${row.oid}` },
    {
      kind: "trigger state",
      ...fieldsOf(row),
      statements: [stateStatement(row, "ONLY ")],
      needs,
    },
  );
}

function stateStatement(row: OnRelation, only = ""): string {
  return `ALTER TABLE ${only}${relationOf(row)} ${TRIGGER_STATES[row.enabled] ?? "ENABLE"} TRIGGER ${quoteIdentifier(row.name)}`;
}

/** A view's own rule is its definition. */
export async function draftRules(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<OnRelation>(
    query,
    `SELECT w.oid::int8 AS oid, w.rulename AS name, ${RELATION_COLUMNS},
       rtrim(pg_get_ruledef(w.oid), ';') AS definition, w.ev_enabled AS enabled
     FROM pg_rewrite AS w JOIN pg_class AS r ON r.oid = w.ev_class JOIN pg_namespace AS n ON n.oid = r.relnamespace
     WHERE w.rulename <> '_RETURN' AND ${isUserSchema("n")} AND ${isOwnObject("pg_rewrite", "w.oid")}`,
  );
  return rows.map((row) =>
    makes("pg_rewrite", row.oid, {
      kind: "rule",
      ...fieldsOf(row),
      statements: [
        row.definition,
        ...(row.enabled === "O"
          ? []
          : [
              `ALTER TABLE ${relationOf(row)} ${TRIGGER_STATES[row.enabled] ?? "ENABLE"} RULE ${quoteIdentifier(row.name)}`,
            ]),
      ],
      needs: [addressOf("pg_class", row.relation)],
    }),
  );
}

function relationOf(row: OnRelation): string {
  return quoteQualified(row.namespace, row.relationName);
}

function fieldsOf(row: OnRelation) {
  return {
    name: `${row.namespace}.${row.relationName}.${row.name}`,
    phase: "rest",
    ...(row.isTable ? { table: row.relation } : {}),
  } as const;
}

interface EventTriggerRow {
  readonly oid: number;
  readonly name: string;
  readonly event: string;
  readonly tags: string | null;
  readonly function: string;
  readonly enabled: string;
}

/** The last of all, so that they do not fire on what makes the database. Only superusers may make them. */
export async function draftEventTriggers(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<EventTriggerRow>(
    query,
    `SELECT e.oid::int8 AS oid, e.evtname AS name, e.evtevent AS event,
       (SELECT string_agg(quote_literal(tag), ', ') FROM unnest(e.evttags) AS tag) AS tags,
       format('%I.%I', n.nspname, f.proname) AS function, e.evtenabled AS enabled
     FROM pg_event_trigger AS e JOIN pg_proc AS f ON f.oid = e.evtfoid JOIN pg_namespace AS n ON n.oid = f.pronamespace
     WHERE n.nspname <> 'tidemark' AND ${isOwnObject("pg_event_trigger", "e.oid")}`,
  );
  return rows.map((row) => {
    const name = quoteIdentifier(row.name);
    return makes("pg_event_trigger", row.oid, {
      kind: "event trigger",
      name: row.name,
      phase: "rest",
      statements: [
        `CREATE EVENT TRIGGER ${name} ON ${row.event}` +
          (row.tags === null ? "" : ` WHEN TAG IN (${row.tags})`) +
          ` EXECUTE FUNCTION ${row.function}()`,
        ...(row.enabled === "O"
          ? []
          : [
              `ALTER EVENT TRIGGER ${name} ${TRIGGER_STATES[row.enabled] ?? "ENABLE"}`,
            ]),
      ],
      optional: true,
    });
  });
}
