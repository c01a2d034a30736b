import type { TableId } from "../core/shape.ts";
import type { DefinedObject, Definitions } from "./definitions.ts";

/**
 * What of the definitions some tables need: their own objects and all that those refer to, in the same order. Foreign keys to
 * tables outside are left out, and said. Pure.
 */
export function selectDefinitions(
  definitions: Definitions,
  tables: ReadonlySet<TableId>,
): { readonly definitions: Definitions; readonly leftOut: readonly string[] } {
  const byId = new Map(definitions.objects.map((object) => [objectKey(object), object]));
  const kept = new Set<string>();
  const leftOut: string[] = [];
  const keep = (object: DefinedObject): void => {
    const key = objectKey(object);
    if (kept.has(key)) return;
    kept.add(key);
    for (const need of object.needs ?? []) {
      const needed = byId.get(need);
      if (needed !== undefined) keep(needed);
    }
  };
  for (const object of definitions.objects) {
    if (object.table === undefined || !tables.has(object.table)) continue;
    const outside = foreignTables(object, byId, tables);
    if (object.phase === "foreign-keys" && outside.length > 0) {
      leftOut.push(`${object.kind} ${object.name}: refers to ${outside.join(", ")}, which is not restored`);
    } else {
      keep(object);
    }
  }
  return {
    definitions: {
      ...definitions,
      objects: definitions.objects.filter((object) => kept.has(objectKey(object))),
      tables: definitions.tables.filter((table) => tables.has(table.table)),
      sequences: definitions.sequences.filter((sequence) =>
        kept.has(`sequence 1259:${sequence.sequence}:0`),
      ),
    },
    leftOut,
  };
}

function objectKey(object: DefinedObject): string {
  return `${object.kind} ${object.id}`;
}

function foreignTables(
  object: DefinedObject,
  byId: ReadonlyMap<string, DefinedObject>,
  tables: ReadonlySet<TableId>,
): string[] {
  return (object.needs ?? []).flatMap((need) => {
    const needed = byId.get(need);
    if (needed?.table === undefined || tables.has(needed.table)) return [];
    return needed.kind === "table" ? [needed.name] : [];
  });
}
