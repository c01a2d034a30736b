import type { Shape, TableId } from "../core/shape.ts";
import type { TableStructure } from "./table-structure.ts";

/**
 * The definitions of a database's objects as they stood at one instant, as statements of its own dialect in loading order.
 * Stored as schema.json beside a base.
 */
export type Definitions = PostgresDefinitions | MysqlDefinitions;

export interface PostgresDefinitions extends DefinedObjects {
  readonly engine: "postgres";
  /** Encoding, collation and ctype that a new database for these objects is created with. */
  readonly database: {
    readonly encoding: string;
    readonly collate: string;
    readonly ctype: string;
    readonly localeProvider: LocaleProvider;
    readonly locale: string | null;
  };
}

/** Schemas are objects among the others. */
export interface MysqlDefinitions extends DefinedObjects {
  readonly engine: "mysql" | "mariadb";
  /** The server's lower_case_table_names: 0, 1 or 2. */
  readonly lowerCaseTableNames: number;
}

export interface DefinedObjects {
  readonly format: 1;
  /** For example "15.14". */
  readonly serverVersion: string;
  /** In an order in which every statement finds what it needs, phase by phase. */
  readonly objects: readonly DefinedObject[];
  readonly tables: readonly DefinedTable[];
  readonly sequences: readonly DefinedSequence[];
  /** What the source has and a restore of these definitions will not make: one line each, for people. */
  readonly notRestored: readonly string[];
}

/** structure: before the data. keys: primary keys, unique and exclusion constraints, indexes. rest: checks that need data, triggers, views' data, comments, grants. */
export const SCHEMA_PHASES = [
  "structure",
  "keys",
  "foreign-keys",
  "rest",
] as const;
export type SchemaPhase = (typeof SCHEMA_PHASES)[number];

export interface DefinedObject {
  /** `classid:objid:subid` of the source's catalogs: unique within a phase and kind. */
  readonly id: string;
  readonly kind: string;
  /** For people: `public.orders`, `public.orders.orders_pkey`. */
  readonly name: string;
  readonly phase: SchemaPhase;
  /** Run one by one, in one transaction per object where the statement allows it. */
  readonly statements: readonly string[];
  /** MySQL: the schema that is the current one while they run; absent: none. */
  readonly within?: string;
  /** What has to be there before, as `kind id` of other objects here: their order honours it, and so must parallel work. */
  readonly needs?: readonly string[];
  /** The table that this object belongs to; absent for what is needed whatever tables are chosen. */
  readonly table?: TableId;
  /** A failure is reported and does not stop the restore: grants to roles that do not exist here. */
  readonly optional?: true;
}

/** A table that holds rows of its own: plain tables and leaf partitions, not partitioned parents. */
export interface DefinedTable {
  readonly table: TableId;
  readonly namespace: string;
  readonly name: string;
  readonly shape: Shape;
  /** For engines of another kind; absent where the table has no columns, and in what a mapping made. */
  readonly structure?: TableStructure;
}

export interface DefinedSequence {
  readonly sequence: number;
  readonly namespace: string;
  readonly name: string;
  readonly increment: string;
  /** As read with the definitions: text, because it is a bigint. */
  readonly lastValue: string;
  readonly isCalled: boolean;
  /** Columns whose values this sequence made: identity, owned by, or DEFAULT nextval. */
  readonly columns: readonly {
    readonly table: TableId;
    readonly column: string;
  }[];
}

/** Who sorts and compares text. */
export type LocaleProvider = "libc" | "icu" | "builtin";
