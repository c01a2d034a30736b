import type { Engine } from "./database-identity.ts";

/** Postgres: the oid of the table (a partition: of the leaf). MySQL: a hash of its schema and name. Below 2^53. */
export type TableId = number;

/** 32 lower-case hex digits: the first 16 bytes of SHA-256 over the shape's encoded fields (format/shape-record.ts). */
export type ShapeId = string;

/** Which columns tell one row of a table from another: a key, the whole row (a multiset), or nothing (insert-only). */
export type Identity = "KEY" | "WHOLE_ROW" | "NONE";

/** TEXT: the engine's canonical text. RAW: the value's own bytes. */
export type Encoding = "TEXT" | "RAW";

export interface ShapeColumn {
  readonly name: string;
  /** The engine's type name, USER-DEFINED when it is not built in; of a domain, its base type's. */
  readonly type: string;
  readonly typeId: number;
  readonly typeModifier: number;
  readonly identifies: boolean;
  readonly encoding: Encoding;
}

/** The columns and row identity needed to read a table's rows: what the engine's log has of a row, and nothing else. */
export interface Shape {
  readonly id: ShapeId;
  readonly table: TableId;
  readonly engine: Engine;
  readonly namespace: string;
  readonly name: string;
  readonly identity: Identity;
  readonly columns: readonly ShapeColumn[];
}

export type ShapeFields = Omit<Shape, "id">;

/** `schema.table`, for people; SQL is quoted by the engine's own quote function. */
export function tableLabel(table: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${table.namespace}.${table.name}`;
}

/** Which tables a source's history holds. */
export type TableFilter = (namespace: string, name: string) => boolean;
