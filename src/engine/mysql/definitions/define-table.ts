import { tableLabel, type TableId } from "../../../core/shape.ts";
import type { DefinedObject, DefinedSequence } from "../../definitions.ts";
import { quoteIdentifier, quoteQualified } from "../quote.ts";
import { planTable } from "./plan-table.ts";
import { qualifiedNames } from "./qualified-names.ts";

export interface TableToDefine {
  readonly table: TableId;
  readonly schema: string;
  readonly name: string;
  readonly showCreate: string;
}

export interface TableDefinition {
  readonly objects: readonly DefinedObject[];
  readonly counter: DefinedSequence | undefined;
  /** MariaDB's sequences that defaults call, by column. */
  readonly calls: readonly {
    readonly column: string;
    readonly schema: string;
    readonly sequence: string;
  }[];
  readonly notRestored: readonly string[];
}

/** The objects that make a table. `isMade`: whether a table that a foreign key refers to is in the definitions too. */
export function defineTable(
  of: TableToDefine,
  isMade: (schema: string, name: string) => boolean,
): TableDefinition {
  const { table, schema, name } = of;
  const plan = planTable(of.showCreate);
  const id = quoteQualified(schema, name);
  const label = tableLabel({ namespace: schema, name });
  const common = { table, within: schema };
  const alter = `ALTER TABLE ${quoteIdentifier(name)}`;
  const calls = callsOf(of.showCreate);
  const objects: DefinedObject[] = [
    {
      ...common,
      id,
      kind: "table",
      name: label,
      phase: "structure",
      statements: [plan.create],
      needs: [
        `schema ${quoteIdentifier(schema)}`,
        ...calls.map(
          (call) => `sequence ${quoteQualified(call.schema, call.sequence)}`,
        ),
      ],
    },
  ];
  for (const keys of plan.keys) {
    const names = keys.map((key) => key.name ?? "PRIMARY");
    objects.push({
      ...common,
      id: `${id}.${names.map(quoteIdentifier).join(",")}`,
      kind: "index",
      name: `${label}.${names.join(", ")}`,
      phase: "keys",
      statements: [
        `${alter}\n  ${keys.map((key) => `ADD ${key.text}`).join(",\n  ")}`,
      ],
      needs: [`table ${id}`],
    });
  }
  const notRestored = plan.places.map(
    (place) => `${place} of table ${label}: it is made in the default place`,
  );
  for (const key of plan.foreignKeys) {
    const parentSchema = key.schema ?? schema;
    const parent = { namespace: parentSchema, name: key.table };
    if (!isMade(parentSchema, key.table)) {
      notRestored.push(
        `foreign key ${label}.${key.name}: it refers to ${tableLabel(parent)}, which is not captured`,
      );
      continue;
    }
    objects.push({
      ...common,
      id: `${id}.${quoteIdentifier(key.name)}`,
      kind: "foreign key",
      name: `${label}.${key.name}`,
      phase: "foreign-keys",
      statements: [`${alter} ADD ${key.text}`],
      needs: [
        `table ${id}`,
        `table ${quoteQualified(parentSchema, key.table)}`,
      ],
    });
  }
  return {
    objects,
    counter: counterOf(of, plan.autoIncrement),
    calls,
    notRestored,
  };
}

function counterOf(
  { table, schema, name }: TableToDefine,
  counter: { readonly column: string; readonly next: string } | undefined,
): DefinedSequence | undefined {
  if (counter === undefined) return undefined;
  return {
    sequence: table,
    namespace: schema,
    name,
    increment: "1",
    lastValue: counter.next,
    isCalled: false,
    columns: [{ table, column: counter.column }],
  };
}

/** MariaDB: `DEFAULT nextval(`schema`.`sequence`)`. */
function callsOf(showCreate: string): TableDefinition["calls"] {
  // Outside quotes nothing is lost in what is cut: a column's line begins with its name.
  return qualifiedNames(showCreate).flatMap(({ schema, name, from }) => {
    const before = showCreate.slice(0, from);
    if (!/\b(?:nextval|lastval)\($/i.test(before)) return [];
    const column = /\n {2}`((?:[^`]|``)*)` [^\n]*$/.exec(before)?.[1];
    return [
      { column: (column ?? "").replaceAll("``", "`"), schema, sequence: name },
    ];
  });
}
