import type {
  ColumnDefault,
  ForeignKeyAction,
  StructureColumn,
  StructureForeignKey,
  StructureKey,
  TableStructure,
} from "../../table-structure.ts";
import type { DefinedTable } from "../../definitions.ts";
import { quoteQualified } from "../quote.ts";
import { columnDefault } from "./column-default.ts";
import { type RunQuery, textOf } from "./query.ts";
import { IS_USER_SCHEMA } from "./schemas.ts";

/** The tables, as other engines can read what they are made of; three queries for all of them. */
export async function withStructures(
  query: RunQuery,
  flavour: "mysql" | "mariadb",
  tables: readonly DefinedTable[],
): Promise<readonly DefinedTable[]> {
  const columns = await readColumns(query, flavour);
  const keys = await readKeys(query, flavour);
  const foreignKeys = await readForeignKeys(query);
  return tables.map((table) => {
    const label = quoteQualified(table.namespace, table.name);
    const structure: TableStructure = {
      columns: columns.get(label) ?? [],
      keys: keys.get(label) ?? [],
      foreignKeys: foreignKeys.get(label) ?? [],
    };
    return { ...table, structure };
  });
}

async function readColumns(
  query: RunQuery,
  flavour: "mysql" | "mariadb",
): Promise<ReadonlyMap<string, readonly StructureColumn[]>> {
  const rows = await query(
    `SELECT table_schema, table_name, column_name, column_type, collation_name, is_nullable, column_default, extra, generation_expression
       FROM information_schema.columns WHERE ${IS_USER_SCHEMA("table_schema")} ORDER BY table_schema, table_name, ordinal_position`,
  );
  return groupByTable(
    rows,
    ([, , name, type, collation, nullable, ...rest]) => {
      const [standard, extra, generated] = rest;
      const declared = textOf(type);
      const words = textOf(extra);
      const onUpdate = /\bon update (\S+)/i.exec(words)?.[1]?.toUpperCase();
      const found: ColumnDefault | undefined = /\bauto_increment\b/i.test(words)
        ? { kind: "sequence" }
        : columnDefault(standard, {
            flavour,
            type: declared,
            isExpression: /\bDEFAULT_GENERATED\b/.test(words),
          });
      return {
        name: textOf(name),
        type: declared,
        nullable: nullable === "YES",
        ...(collation == null ? {} : { collation }),
        ...(generated == null || generated === "" ? {} : { generated }),
        ...(found === undefined || (generated ?? "") !== ""
          ? {}
          : { default: found }),
        ...(onUpdate === undefined ? {} : { onUpdate }),
      };
    },
  );
}

interface KeyPart {
  readonly name: string;
  readonly isUnique: boolean;
  readonly column: string | null | undefined;
  readonly prefix: string | null | undefined;
  readonly descending: boolean;
  readonly method: string;
}

async function readKeys(
  query: RunQuery,
  flavour: "mysql" | "mariadb",
): Promise<ReadonlyMap<string, readonly StructureKey[]>> {
  const rows = await query(
    `SELECT table_schema, table_name, index_name, non_unique, column_name, sub_part, collation, index_type${flavour === "mysql" ? ", is_visible" : ""}
       FROM information_schema.statistics WHERE ${IS_USER_SCHEMA("table_schema")}
      ORDER BY table_schema, table_name, index_name = 'PRIMARY' DESC, non_unique, index_name, seq_in_index`,
  );
  const parts = groupByTable(
    rows,
    ([, , name, nonUnique, column, prefix, order, method]): KeyPart => ({
      name: textOf(name),
      isUnique: nonUnique === "0",
      ...{ column, prefix },
      descending: order === "D",
      method: textOf(method),
    }),
  );
  return new Map(
    [...parts].map(([table, all]) => [
      table,
      [...Map.groupBy(all, ({ name }) => name).values()].map(structureKey),
    ]),
  );
}

function structureKey(parts: readonly KeyPart[]): StructureKey {
  const [first] = parts;
  const peculiar = parts.some(({ column }) => column == null)
    ? "of an expression"
    : parts.some(({ prefix }) => prefix != null)
      ? "of a prefix"
      : first?.method === "BTREE" || first?.method === "HASH"
        ? undefined
        : first?.method;
  return {
    kind:
      first?.name === "PRIMARY"
        ? "primary"
        : first?.isUnique === true
          ? "unique"
          : "index",
    name: first?.name ?? "",
    columns: parts.map(({ column, descending }) => ({
      name: column ?? "",
      ...(descending ? { descending: true } : {}),
    })),
    ...(peculiar === undefined ? {} : { peculiar }),
  };
}

async function readForeignKeys(
  query: RunQuery,
): Promise<ReadonlyMap<string, readonly StructureForeignKey[]>> {
  const rules = await query(
    `SELECT constraint_schema, table_name, constraint_name, update_rule, delete_rule
       FROM information_schema.referential_constraints WHERE ${IS_USER_SCHEMA("constraint_schema")}`,
  );
  const actions = new Map(
    rules.map(([schema, table, name, onUpdate, onDelete]) => [
      quoteQualified(textOf(schema), textOf(table), textOf(name)),
      [textOf(onUpdate), textOf(onDelete)] as readonly ForeignKeyAction[],
    ]),
  );
  const rows = await query(
    `SELECT table_schema, table_name, constraint_name, column_name, referenced_table_schema, referenced_table_name, referenced_column_name
       FROM information_schema.key_column_usage WHERE ${IS_USER_SCHEMA("table_schema")} AND referenced_table_name IS NOT NULL
      ORDER BY table_schema, table_name, constraint_name, ordinal_position`,
  );
  const parts = groupByTable(rows, (row) => row.map(textOf));
  return new Map(
    [...parts].map(([table, all]) => [
      table,
      [...Map.groupBy(all, ([, , name]) => name).values()].map((columns) => {
        const [schema, own, name, , parentSchema, parent] = columns[0] ?? [];
        const [onUpdate = "NO ACTION", onDelete = "NO ACTION"] =
          actions.get(quoteQualified(schema ?? "", own ?? "", name ?? "")) ??
          [];
        return {
          name: name ?? "",
          columns: columns.map((row) => row[3] ?? ""),
          references: {
            namespace: parentSchema ?? "",
            name: parent ?? "",
            columns: columns.map((row) => row[6] ?? ""),
          },
          ...{ onUpdate, onDelete },
        };
      }),
    ]),
  );
}

function groupByTable<T>(
  rows: readonly (readonly (string | null)[])[],
  read: (row: readonly (string | null)[]) => T,
): ReadonlyMap<string, readonly T[]> {
  const lists = new Map<string, T[]>();
  for (const row of rows) {
    const label = quoteQualified(textOf(row[0]), textOf(row[1]));
    const list = lists.get(label) ?? [];
    list.push(read(row));
    lists.set(label, list);
  }
  return lists;
}
