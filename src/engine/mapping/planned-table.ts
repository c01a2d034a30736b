import type { DefinedTable } from "../definitions.ts";
import type { StructureForeignKey, StructureKey } from "../table-structure.ts";
import type { MappedColumn } from "./map-columns.ts";

/** A table of which it is known what its columns and keys become. */
export interface PlannedTable {
  readonly table: DefinedTable;
  /** For people. */
  readonly label: string;
  readonly columns: readonly MappedColumn[];
  readonly keys: readonly StructureKey[];
}

export interface PlannedForeignKey {
  readonly child: PlannedTable;
  readonly parent: PlannedTable;
  /** Its columns in the order of the parent's key. */
  readonly key: StructureForeignKey;
}

/** Keys that mean the same in every engine, and one line for each of the others. */
export function planKeys(
  table: DefinedTable,
  label: string,
  columns: readonly MappedColumn[],
): {
  readonly keys: readonly StructureKey[];
  readonly remarks: readonly string[];
} {
  const types = new Map(columns.map(({ name, mapped }) => [name, mapped.type]));
  const keys: StructureKey[] = [];
  const remarks: string[] = [];
  for (const key of table.structure?.keys ?? []) {
    const what = `${KEY_WORDS[key.kind]} ${label}.${key.name}`;
    const missing = key.columns.find(({ name }) => !types.has(name));
    const document = key.columns.find(({ name }) =>
      /^jsonb?$/.test(types.get(name) ?? ""),
    );
    const why =
      key.peculiar ??
      (missing === undefined ? undefined : `${missing.name} is left out`) ??
      (document === undefined ? undefined : `${document.name} is json`);
    if (why === undefined) keys.push(key);
    else remarks.push(`${what} is not mapped: ${why}`);
    for (const lost of why === undefined ? (key.loses ?? []) : [])
      remarks.push(`${what}: ${lost} is not mapped`);
  }
  return { keys, remarks };
}

const KEY_WORDS: Readonly<Record<StructureKey["kind"], string>> = {
  primary: "primary key",
  unique: "unique key",
  index: "index",
};

/** Foreign keys whose both sides are mapped and can be compared, and one line for each of the others. */
export function planForeignKeys(
  tables: readonly PlannedTable[],
  takes: (key: StructureForeignKey) => string | undefined,
): {
  readonly foreignKeys: readonly PlannedForeignKey[];
  readonly remarks: readonly string[];
} {
  const byName = new Map(
    tables.map((each) => [nameKey(each.table), each] as const),
  );
  const foreignKeys: PlannedForeignKey[] = [];
  const remarks: string[] = [];
  for (const child of tables) {
    for (const key of child.table.structure?.foreignKeys ?? []) {
      const what = `foreign key ${child.label}.${key.name}`;
      const parent = byName.get(nameKey(key.references));
      const found =
        key.peculiar ??
        takes(key) ??
        (parent === undefined
          ? `${key.references.namespace}.${key.references.name} is not mapped`
          : link({ child, parent, key }));
      if (typeof found === "string") {
        remarks.push(`${what} is not mapped: ${found}`);
        continue;
      }
      foreignKeys.push(found);
      for (const lost of key.loses ?? [])
        remarks.push(`${what}: ${lost} is not mapped`);
    }
  }
  return { foreignKeys, remarks };
}

function nameKey(of: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return JSON.stringify([of.namespace, of.name]);
}

function link(of: PlannedForeignKey): PlannedForeignKey | string {
  const { child, parent, key } = of;
  const pairs = key.columns.map((column, n) => ({
    column,
    referenced: key.references.columns[n] ?? "",
  }));
  const type = (table: PlannedTable, name: string) =>
    table.columns.find((column) => column.name === name)?.mapped.comparable;
  const unlike = pairs.find(({ column, referenced }) => {
    const own = type(child, column);
    return own === undefined || own !== type(parent, referenced);
  });
  if (unlike !== undefined)
    return `${unlike.column} and ${unlike.referenced} do not become the same type`;
  const target = parent.keys.find(
    ({ kind, columns }) =>
      kind !== "index" &&
      columns.length === pairs.length &&
      columns.every(({ name }) =>
        pairs.some(({ referenced }) => referenced === name),
      ),
  );
  if (target === undefined)
    return `no key of ${parent.label} is unique over the columns that it refers to`;
  const ordered = target.columns.map(({ name }) =>
    pairs.find(({ referenced }) => referenced === name),
  );
  return {
    ...of,
    key: {
      ...key,
      columns: ordered.map((pair) => pair?.column ?? ""),
      references: {
        ...key.references,
        columns: target.columns.map(({ name }) => name),
      },
    },
  };
}
