import type { TableId } from "../../../core/shape.ts";
import { quoteLiteral, quoteQualified } from "../quote.ts";
import { type RunQuery, textOf } from "./query.ts";
import type { Program } from "./read-program.ts";

/** Functions first, which views may call, then procedures and MariaDB's packages, each before its body. */
const ROUTINES: readonly Program["kind"][] = [
  "function",
  "procedure",
  "package",
  "package body",
];

export async function listRoutines(
  query: RunQuery,
  schema: string,
): Promise<readonly Program[]> {
  const rows = await query(
    `SELECT LOWER(routine_type), routine_name FROM information_schema.routines
      WHERE routine_schema = ${quoteLiteral(schema)} ORDER BY routine_name`,
  );
  return ROUTINES.flatMap((kind) =>
    rows
      .filter(([type]) => type === kind)
      .map(([, name]) => ({ kind, schema, name: textOf(name), needs: [] })),
  );
}

/** In the order in which they fire: made in that order, they get it again. Each needs the one before it. */
export async function listTriggers(
  query: RunQuery,
  schema: string,
  tableOf: (name: string) => TableId | undefined,
): Promise<readonly Program[]> {
  const rows = await query(
    `SELECT event_object_table, trigger_name, event_manipulation, action_timing FROM information_schema.triggers
      WHERE trigger_schema = ${quoteLiteral(schema)}
      ORDER BY event_object_table, event_manipulation, action_timing, action_order`,
  );
  const before = new Map<string, string>();
  return rows.flatMap(([on, trigger, event, timing]) => {
    const table = tableOf(textOf(on));
    if (table === undefined) return [];
    const name = textOf(trigger);
    const place = `${table} ${textOf(event)} ${textOf(timing)}`;
    const last = before.get(place);
    before.set(place, `trigger ${quoteQualified(schema, name)}`);
    return [
      {
        kind: "trigger" as const,
        ...{ schema, name, table },
        needs: [
          `table ${quoteQualified(schema, textOf(on))}`,
          ...(last === undefined ? [] : [last]),
        ],
      },
    ];
  });
}

/** Enabled ones begin to run on the target as soon as they are made, if its scheduler is on: last of all. */
export async function listEvents(
  query: RunQuery,
  schema: string,
): Promise<readonly Program[]> {
  const rows = await query(
    `SELECT event_name FROM information_schema.events
      WHERE event_schema = ${quoteLiteral(schema)} ORDER BY event_name`,
  );
  return rows.map(([name]) => ({
    kind: "event",
    schema,
    name: textOf(name),
    needs: [],
  }));
}
