/*
 * What a table is made of in words that another engine can read, beside the statements of its own dialect. Written with the
 * definitions; what a mapping makes of it is in docs/mapping.md.
 */
export interface TableStructure {
  /** All of them in order, those too that the shape does not have. */
  readonly columns: readonly StructureColumn[];
  readonly keys: readonly StructureKey[];
  readonly foreignKeys: readonly StructureForeignKey[];
}

/** A type as the engine declares it: `numeric(10,2)`, `public.mood`, `int unsigned`; of a domain, the type below it. */
export interface StructureType {
  readonly type: string;
  /** Postgres: what kind of type it is; absent: the server's own. */
  readonly kind?: "enum" | "composite" | "range" | "array" | "extended";
  /** Of an enum, in its order. */
  readonly labels?: readonly string[];
  /** Of an array. */
  readonly element?: StructureType;
}

export interface StructureColumn extends StructureType {
  readonly name: string;
  readonly nullable: boolean;
  /** How it is sorted and compared, where that is not the engine's plain way. */
  readonly collation?: string;
  readonly default?: ColumnDefault;
  /** The expression that it is computed from. */
  readonly generated?: string;
  /** MySQL: what the server writes into it with every UPDATE. */
  readonly onUpdate?: string;
}

/** literal: the canonical text of the type, of MySQL's ENUM and SET the labels. now: the current time. sequence: numbers, one after the other. */
export type ColumnDefault =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "now" }
  | { readonly kind: "sequence" }
  | { readonly kind: "expression"; readonly text: string };

export interface StructureKey {
  readonly kind: "primary" | "unique" | "index";
  readonly name: string;
  readonly columns: readonly {
    readonly name: string;
    readonly descending?: true;
  }[];
  /** What it has that other engines do not have, or not so: `partial`, `gin`, `of a prefix`. Then it is not mapped. */
  readonly peculiar?: string;
  /** What of it gets lost: `deferrable`. */
  readonly loses?: readonly string[];
}

export type ForeignKeyAction =
  "NO ACTION" | "RESTRICT" | "CASCADE" | "SET NULL" | "SET DEFAULT";

export interface StructureForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly references: {
    readonly namespace: string;
    readonly name: string;
    readonly columns: readonly string[];
  };
  readonly onUpdate: ForeignKeyAction;
  readonly onDelete: ForeignKeyAction;
  readonly peculiar?: string;
  readonly loses?: readonly string[];
}
