import type { DefinedObject, Definitions } from "../definitions.ts";

/** How a server keeps things, or steps of making them that the target needs not. */
const NOTHING_LOST: ReadonlySet<string> = new Set([
  ...["compression", "cluster", "replica identity", "statistics", "refresh"],
  ...["type shell", "view shell", "function shell", "sequence owner"],
  ...["validation", "trigger state", "schema"],
]);

/** Mapped, or told of, one by one and by other means. */
const MAPPED: ReadonlySet<string> = new Set([
  ...["table", "default", "sequence", "primary key", "unique", "exclusion"],
  ...["index", "foreign key", "enum"],
]);

/** Too many for a line each. */
const COUNTED: ReadonlySet<string> = new Set([
  ...["comment", "grant", "default privileges"],
]);

/** In every new database of Postgres: what is said of them is nobody's loss. */
const EVERYWHERE: ReadonlySet<string> = new Set([
  ...["plpgsql", "schema public", "public"],
]);

/** What another engine is not given: one line each. */
export function unmappedObjects({ objects }: Definitions): readonly string[] {
  const rest = objects.filter(
    ({ kind, name }) =>
      !NOTHING_LOST.has(kind) && !MAPPED.has(kind) && !EVERYWHERE.has(name),
  );
  const counted = Map.groupBy(
    rest.filter(({ kind }) => COUNTED.has(kind)),
    ({ kind }) => kind,
  );
  return [
    ...rest.filter(({ kind }) => !COUNTED.has(kind)).map(line),
    ...[...counted].map(
      ([kind, some]) => `${plural(kind)} are not mapped: ${some.length}`,
    ),
  ];
}

function line({ kind, name }: DefinedObject): string {
  return `${kind} ${name} is not mapped`;
}

function plural(kind: string): string {
  return kind.endsWith("s") ? kind : `${kind}s`;
}
