import { tableLabel } from "../../../core/shape.ts";
import type { DefinedObject } from "../../definitions.ts";
import { quoteIdentifier, quoteQualified } from "../quote.ts";
import { qualifiedNames } from "./qualified-names.ts";
import { type RunQuery, textOf } from "./query.ts";
import { settingsBefore } from "./session-settings.ts";

export interface View {
  readonly schema: string;
  readonly name: string;
  /** As printed for a session in its own schema: names of that one are bare. */
  readonly showCreate: string;
  readonly client: string;
  readonly connection: string;
  /** `schema`.`table` of each that it reads, and of a few that it does not: an alias may look like a schema. */
  readonly reads: readonly string[];
  /** The server says that something which it reads is not there. */
  readonly isBroken: boolean;
}

/** Leaves the session in the view's schema. */
export async function readView(
  query: RunQuery,
  view: { readonly schema: string; readonly name: string },
): Promise<View> {
  const qualified = quoteQualified(view.schema, view.name);
  // Which names are printed without their schema depends on the session's own.
  await query("USE information_schema");
  const [whole] = await query(`SHOW CREATE VIEW ${qualified}`);
  await query(`USE ${quoteIdentifier(view.schema)}`);
  const [shown] = await query(`SHOW CREATE VIEW ${qualified}`);
  const warnings = await query("SHOW WARNINGS");
  const [, showCreate, client, connection] = shown ?? [];
  return {
    ...view,
    // MySQL prints the view's own schema where another one was asked for by its whole name.
    showCreate: bareHead(textOf(showCreate), view),
    client: textOf(client),
    connection: textOf(connection),
    reads: qualifiedNames(textOf(whole?.[1])).map((name) =>
      quoteQualified(name.schema, name.name),
    ),
    isBroken: warnings.length > 0,
  };
}

function bareHead(
  showCreate: string,
  { schema, name }: { readonly schema: string; readonly name: string },
): string {
  const head = ` VIEW ${quoteQualified(schema, name)} AS `;
  return showCreate.replace(head, () => ` VIEW ${quoteIdentifier(name)} AS `);
}

/**
 * Each behind those that it reads. `present`: every table and view of the source; `isMade`: whether it is a table that these definitions
 * make. A view that reads anything else is left out, and so is one that reads that.
 */
export function defineViews(
  views: readonly View[],
  tables: {
    readonly present: ReadonlySet<string>;
    readonly isMade: (qualified: string) => boolean;
  },
): {
  readonly objects: readonly DefinedObject[];
  readonly notRestored: readonly string[];
} {
  const byName = new Map(
    views.map((view) => [quoteQualified(view.schema, view.name), view]),
  );
  const objects: DefinedObject[] = [];
  const notRestored: string[] = [];
  const states = new Map<View, "open" | "made" | "left out">();
  const visit = (view: View, id: string): boolean => {
    const state = states.get(view);
    // One that is open reads itself only by the look of it: an alias.
    if (state !== undefined) return state !== "left out";
    states.set(view, "open");
    const reads = view.reads.filter(
      (name) => name !== id && tables.present.has(name),
    );
    const lacks = reads.find((name) => {
      const other = byName.get(name);
      return other === undefined ? !tables.isMade(name) : !visit(other, name);
    });
    states.set(view, lacks === undefined ? "made" : "left out");
    if (lacks === undefined)
      objects.push(
        defineView(
          view,
          id,
          reads.filter((name) => byName.has(name)),
        ),
      );
    else
      notRestored.push(
        `view ${labelOf(view)}: it reads ${lacks}, which is not captured`,
      );
    return lacks === undefined;
  };
  for (const [id, view] of byName) visit(view, id);
  return { objects, notRestored };
}

function defineView(
  view: View,
  id: string,
  reads: readonly string[],
): DefinedObject {
  return {
    id,
    kind: "view",
    name: labelOf(view),
    phase: "rest",
    within: view.schema,
    statements: [settingsBefore(view), view.showCreate],
    needs: [
      `schema ${quoteIdentifier(view.schema)}`,
      ...new Set(reads.map((name) => `view ${name}`)),
    ],
    // What is broken in the source cannot be made anywhere.
    ...(view.isBroken ? { optional: true as const } : {}),
  };
}

function labelOf({ schema, name }: View): string {
  return tableLabel({ namespace: schema, name });
}
