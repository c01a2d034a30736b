import type { Dependencies } from "./dependencies.ts";
import type { Address, Draft } from "./draft.ts";
import { closureOf, dependentsOf, type Graph, resolveAlias } from "./graph.ts";
import type { InventoryItem } from "./inventory.ts";
import type { Kind } from "./kinds.ts";

/** Statements that go silently with the object they belong to. */
const SECONDARY: ReadonlySet<Kind> = new Set([
  "comment",
  "grant",
  "compression",
  "default",
  "sequence owner",
  "replica identity",
  "cluster",
  "row security",
  "validation",
  "not null",
  "refresh",
  "trigger state",
]);

export interface Present {
  readonly graph: Graph;
  readonly notRestored: readonly string[];
}

/** Objects of the inventory that nothing makes, as drafts without statements, so that what needs them is found. */
export function unmadeDrafts(
  drafts: readonly Draft[],
  inventory: readonly InventoryItem[],
  aliases: Dependencies["aliases"],
): ReadonlyMap<Draft, string | undefined> {
  const made = new Map<Address, Draft>(
    drafts.map((draft) => [draft.address, draft]),
  );
  const counted = new Map(inventory.map((item) => [item.address, item]));
  return new Map(
    inventory
      .filter(({ address }) => !made.has(resolveAlias(address, aliases, made)))
      // A part of another object goes with that.
      .filter(({ address }) => {
        const whole = aliases.get(address);
        return (
          whole === undefined ||
          !counted.has(resolveAlias(whole, aliases, counted))
        );
      })
      .map(({ address, type, identity, isOurs }) => [
        {
          address,
          id: `${address}:0`,
          kind: "absent",
          name: `${type} ${identity}`,
          phase: "structure",
          statements: [],
          needs: [],
        },
        isOurs
          ? undefined
          : `${type} ${identity}: Tidemark does not make it again`,
      ]),
  );
}

/**
 * Takes `absent` out, and what needs it at any depth, each with its reason. What captured tables need stays: a table is
 * never left out because of something else, so a restore that lacks it stops at its CREATE TABLE.
 */
export function dropAbsent(
  graph: Graph,
  absent: ReadonlyMap<Draft, string | undefined>,
): Present {
  const pinned = closureOf(
    graph.drafts.filter(
      (draft) => draft.kind === "table" && !absent.has(draft),
    ),
    graph.needs,
  );
  const reasons = new Map<Draft, string | undefined>();
  const dependents = dependentsOf(graph);
  const todo: Draft[] = [];
  for (const [draft, reason] of absent) {
    if (draft.kind !== "absent" && pinned.has(draft)) continue;
    reasons.set(draft, reason);
    todo.push(draft);
  }
  for (let gone = todo.pop(); gone !== undefined; gone = todo.pop()) {
    for (const dependent of dependents.get(gone) ?? []) {
      if (reasons.has(dependent) || pinned.has(dependent)) continue;
      reasons.set(dependent, reasonOf(dependent, gone));
      todo.push(dependent);
    }
  }
  const drafts = graph.drafts.filter((draft) => !reasons.has(draft));
  return {
    graph: {
      drafts,
      needs: new Map(
        drafts.map((draft) => [
          draft,
          new Set(
            [...(graph.needs.get(draft) ?? [])].filter(
              (need) => !reasons.has(need),
            ),
          ),
        ]),
      ),
    },
    notRestored: [...reasons.values()].filter((line) => line !== undefined),
  };
}

/** A table's own parts go with it. */
function reasonOf(draft: Draft, gone: Draft): string | undefined {
  if (SECONDARY.has(draft.kind)) return undefined;
  if (gone.kind === "table" && draft.table === gone.table) return undefined;
  const what = gone.kind === "absent" ? gone.name : `${gone.kind} ${gone.name}`;
  return `${draft.kind} ${draft.name}: needs ${what}`;
}
