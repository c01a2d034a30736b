import type { DefinedTable } from "../../definitions.ts";
import type { StructureKey } from "../../table-structure.ts";
import { quoteIdentifier } from "../../mysql/quote.ts";
import type { MappedColumn } from "../map-columns.ts";

/** InnoDB's longest entry of a key. */
const KEY_BYTES = 3072;
/** The longest of what is neither text nor bytes, a decimal(65,30). */
const FIXED_BYTES = 32;
const CHARACTER_BYTES = 4;

/** How many characters, or bytes, a column may have that a primary, unique or foreign key holds. */
export type KeyRoom = ReadonlyMap<string, number>;

/** What has no length of its own in MySQL. Everything that becomes a text for want of a type is, too. */
const FIXED =
  /^(?:smallint|integer|bigint|oid|boolean|real|double precision|money|numeric|date|time|timestamp|interval|bit\(|uuid|inet|cidr|macaddr)/;

export function keyRoom({ structure }: DefinedTable): KeyRoom {
  const room = new Map<string, number>();
  const isLong = (name: string) => {
    const column = structure?.columns.find((each) => each.name === name);
    return (
      column !== undefined &&
      column.kind !== "enum" &&
      (column.kind !== undefined || !FIXED.test(column.type))
    );
  };
  const lists = [
    ...(structure?.keys ?? [])
      .filter(
        ({ kind, peculiar }) => kind !== "index" && peculiar === undefined,
      )
      .map(({ columns }) => columns.map(({ name }) => name)),
    ...(structure?.foreignKeys ?? []).map(({ columns }) => columns),
  ];
  for (const names of lists) {
    const long = names.filter(isLong);
    const most = share(names.length - long.length, long.length);
    for (const name of long)
      room.set(name, Math.min(room.get(name) ?? most, most));
  }
  return room;
}

function share(fixed: number, long: number): number {
  return Math.floor(
    (KEY_BYTES - fixed * FIXED_BYTES) / (CHARACTER_BYTES * Math.max(1, long)),
  );
}

const VARIABLE = /^(?:varchar|char|varbinary)\((\d+)\)/;

/** A column as it stands in a key: of a text that is too long for an entry an index has the beginning, which finds the same rows. */
export function keyColumn(
  of: { readonly name: string; readonly descending?: true },
  key: StructureKey,
  columns: readonly MappedColumn[],
): string {
  const types = key.columns.map(
    ({ name }) => columns.find((each) => each.name === name)?.mapped.type ?? "",
  );
  const isLong = (type: string) => /^long/.test(type) || VARIABLE.test(type);
  const long = types.filter(isLong);
  const most = share(types.length - long.length, long.length);
  const own = columns.find((each) => each.name === of.name)?.mapped.type ?? "";
  const length = /^long/.test(own) ? Infinity : lengthOf(own);
  const prefix =
    key.kind === "index" && isLong(own) && length > most
      ? `(${Math.min(most, 255)})`
      : "";
  return `${quoteIdentifier(of.name)}${prefix}${of.descending ? " DESC" : ""}`;
}

function lengthOf(type: string): number {
  return Number(VARIABLE.exec(type)?.[1] ?? 0);
}

/** Of a row's 65535. */
export function rowBytes(type: string): number {
  const width = type.includes("CHARACTER SET ascii") ? 1 : CHARACTER_BYTES;
  const length = lengthOf(type);
  if (length > 0) return width * length + 2;
  return type.startsWith("decimal") ? FIXED_BYTES : 12;
}
