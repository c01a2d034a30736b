import { tableLabel } from "../../../core/shape.ts";
import type { DefinedObject, DefinedTable } from "../../definitions.ts";
import type { StructureKey } from "../../table-structure.ts";
import { quoteIdentifier, quoteQualified } from "../../mysql/quote.ts";
import { mapColumns, mapDefault, type MappedColumn } from "../map-columns.ts";
import { planKeys, type PlannedTable } from "../planned-table.ts";
import { type KeyRoom, keyRoom, keyColumn, rowBytes } from "./key-room.ts";
import { mysqlType } from "./map-type.ts";

/** All columns of a row together, without what longtext and longblob hold (manual, "Limits on Table Column Count and Row Size"). */
const MOST_ROW_BYTES = 65_000;
/** Longer ones become longtext: the most that fits is taken. */
const VARCHAR_LIMITS = [16_383, 4_096, 1_024, 255, 64, 0];

export interface MysqlTablePlan extends PlannedTable {
  readonly remarks: readonly string[];
  readonly refusals: readonly string[];
  /** The column that gets AUTO_INCREMENT. */
  readonly counter: string | undefined;
  readonly objects: readonly DefinedObject[];
}

/** Of texts that are not the same none are equal, and spaces at the end count, as in Postgres. */
export const COLLATIONS = {
  mysql: "utf8mb4_0900_bin",
  mariadb: "utf8mb4_nopad_bin",
} as const;

export function planMysqlTable(
  table: DefinedTable,
  flavour: "mysql" | "mariadb",
): MysqlTablePlan {
  const label = tableLabel(table);
  const room = keyRoom(table);
  const mapped = fitColumns(table, { label, flavour, room });
  const { columns } = mapped;
  const { keys, remarks } = planKeys(table, label, columns);
  const counter = chooseCounter(columns, keys);
  const made = makeTable({ table, label, columns, keys, counter, flavour });
  return {
    ...{ table, label, columns, keys, counter },
    objects: made.objects,
    remarks: [...mapped.remarks, ...made.remarks, ...remarks],
    refusals:
      columns.length === 0 && mapped.refusals.length === 0
        ? [`${label}: it has no columns`]
        : mapped.refusals,
  };
}

function fitColumns(
  table: DefinedTable,
  of: {
    readonly label: string;
    readonly flavour: "mysql" | "mariadb";
    readonly room: KeyRoom;
  },
) {
  const attempt = (mostVarchar: number) =>
    mapColumns(table, of.label, (_shape, declared) =>
      mysqlType(declared, {
        flavour: of.flavour,
        keyLength: of.room.get(declared.name),
        mostVarchar,
      }),
    );
  for (const mostVarchar of VARCHAR_LIMITS) {
    const mapped = attempt(mostVarchar);
    const bytes = mapped.columns.reduce(
      (sum, column) => sum + rowBytes(column.mapped.type),
      0,
    );
    if (bytes <= MOST_ROW_BYTES) return mapped;
  }
  return {
    ...attempt(0),
    refusals: [
      `${of.label}: its columns have more than ${MOST_ROW_BYTES} bytes together`,
    ],
  };
}

const COUNTING = /^(?:small|big)?int$/;

/** One column of a table counts, and a key begins with it. */
function chooseCounter(
  columns: readonly MappedColumn[],
  keys: readonly StructureKey[],
): string | undefined {
  return columns.find(
    ({ name, declared, mapped }) =>
      declared.default?.kind === "sequence" &&
      COUNTING.test(mapped.type) &&
      keys.some((key) => key.columns[0]?.name === name),
  )?.name;
}

interface TableToMake {
  readonly table: DefinedTable;
  readonly label: string;
  readonly columns: readonly MappedColumn[];
  readonly keys: readonly StructureKey[];
  readonly counter: string | undefined;
  readonly flavour: "mysql" | "mariadb";
}

/** With its primary key and the key that AUTO_INCREMENT asks for; the others follow the rows. */
function makeTable(of: TableToMake): {
  readonly objects: readonly DefinedObject[];
  readonly remarks: readonly string[];
} {
  const { table, label, keys, counter } = of;
  const { namespace, name } = table;
  const id = quoteQualified(namespace, name);
  const remarks: string[] = [];
  const early = keys.filter(
    (key) => key.kind === "primary" || key === feeding(keys, counter),
  );
  const lines = [
    ...of.columns.map((column) => columnLine(column, of, remarks)),
    ...early.map((key) => keyLine(key, of.columns)),
  ];
  const common = { table: table.table, within: namespace };
  const objects: DefinedObject[] = [
    {
      ...common,
      ...{ id, kind: "table", name: label, phase: "structure" },
      statements: [
        `CREATE TABLE ${quoteIdentifier(name)} (\n  ${lines.join(",\n  ")}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=${COLLATIONS[of.flavour]}`,
      ],
      needs: [`schema ${quoteIdentifier(namespace)}`],
    },
  ];
  for (const key of keys.filter((each) => !early.includes(each))) {
    objects.push({
      ...common,
      id: `${id}.${quoteIdentifier(key.name)}`,
      kind: "index",
      name: `${label}.${key.name}`,
      phase: "keys",
      statements: [
        `ALTER TABLE ${quoteIdentifier(name)} ADD ${keyLine(key, of.columns)}`,
      ],
      needs: [`table ${id}`],
    });
  }
  return { objects, remarks };
}

function feeding(
  keys: readonly StructureKey[],
  counter: string | undefined,
): StructureKey | undefined {
  return counter === undefined
    ? undefined
    : keys.find(({ columns }) => columns[0]?.name === counter);
}

function columnLine(
  column: MappedColumn,
  { label, counter, keys }: TableToMake,
  remarks: string[],
): string {
  const { name, declared, mapped } = column;
  const isStored = keys.some(
    (key) =>
      key.kind === "primary" && key.columns.some((each) => each.name === name),
  );
  const parts = [
    quoteIdentifier(name),
    mapped.type,
    declared.nullable && !isStored ? "NULL" : "NOT NULL",
  ];
  if (name === counter) parts.push("AUTO_INCREMENT");
  else if (declared.default !== undefined) {
    const found = mapDefault(column, { text: "", ...declared.default });
    if ("sql" in found) parts.push(found.sql);
    else remarks.push(`${label}.${name}: ${found.unmapped}`);
  }
  return parts.join(" ");
}

function keyLine(key: StructureKey, columns: readonly MappedColumn[]): string {
  const list = key.columns.map((each) => keyColumn(each, key, columns));
  switch (key.kind) {
    case "primary":
      return `PRIMARY KEY (${list.join(", ")})`;
    case "unique":
      return `UNIQUE KEY ${quoteIdentifier(key.name)} (${list.join(", ")})`;
    case "index":
      return `KEY ${quoteIdentifier(key.name)} (${list.join(", ")})`;
    default:
      return key.kind satisfies never;
  }
}
