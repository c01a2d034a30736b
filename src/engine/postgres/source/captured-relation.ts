import type { Identity, Shape, TableFilter } from "../../../core/shape.ts";
import { shapeOf } from "../../../format/shape-record.ts";
import { TIDEMARK_LOG, TIDEMARK_SCHEMA } from "../names.ts";
import type { Relation } from "./messages/relation.ts";
import type { Type } from "./messages/type.ts";
import type { TupleRules } from "./write-tuple.ts";

/** Type oid → the name that a shape has for it: plain in pg_catalog, otherwise qualified. */
export type TypeNames = Map<number, string>;

export function shapeTypeName(type: Pick<Type, "namespace" | "name">): string {
  return type.namespace === "pg_catalog"
    ? type.name
    : `${type.namespace}.${type.name}`;
}

/** A relation as this stream last described it, with the counters of the part that is being made. */
export interface CapturedRelation {
  readonly kind: "captured";
  readonly shape: Shape;
  readonly newRow: TupleRules;
  readonly oldRow: TupleRules;
  readonly oldKey: TupleRules;
  /** Number of the transaction that `ref` belongs to. */
  transaction: number;
  ref: number;
  inserts: number;
  updates: number;
  deletes: number;
  truncates: number;
}

export type StreamRelation =
  | CapturedRelation
  /** tidemark.log: its inserts are events. */
  | { readonly kind: "log"; readonly columns: readonly string[] }
  /** Filtered, or ours. */
  | { readonly kind: "ignored" };

export function streamRelation(
  relation: Relation,
  context: { readonly types: TypeNames; readonly includes: TableFilter },
): StreamRelation {
  if (relation.namespace === TIDEMARK_SCHEMA) {
    return relation.name === TIDEMARK_LOG
      ? { kind: "log", columns: relation.columns.map((column) => column.name) }
      : { kind: "ignored" };
  }
  if (!context.includes(relation.namespace, relation.name))
    return { kind: "ignored" };
  const shape = relationShape(relation, context.types);
  const columns = shape.columns.length;
  const identifies = shape.columns.map((column) => column.identifies);
  return {
    kind: "captured",
    shape,
    newRow: { columns, identifies: undefined, mayBeUnchanged: true },
    oldRow: { columns, identifies: undefined, mayBeUnchanged: false },
    oldKey: { columns, identifies, mayBeUnchanged: false },
    transaction: 0,
    ref: 0,
    inserts: 0,
    updates: 0,
    deletes: 0,
    truncates: 0,
  };
}

function relationShape(relation: Relation, types: TypeNames): Shape {
  return shapeOf({
    table: relation.oid,
    engine: "postgres",
    namespace: relation.namespace,
    name: relation.name,
    identity: relationIdentity(relation),
    columns: relation.columns.map((column) => {
      const type = types.get(column.typeOid);
      if (type === undefined) {
        throw new RangeError(
          `column ${relation.namespace}.${relation.name}.${column.name} has type ${column.typeOid}, which the stream did not describe`,
        );
      }
      return {
        name: column.name,
        type,
        typeId: column.typeOid,
        typeModifier: column.typeModifier,
        identifies: column.identifies,
        encoding: "TEXT",
      };
    }),
  });
}

function relationIdentity(relation: Relation): Identity {
  switch (relation.replicaIdentity) {
    case "f":
      return "WHOLE_ROW";
    case "n":
      return "NONE";
    case "d":
    case "i":
      return relation.columns.some((column) => column.identifies)
        ? "KEY"
        : "NONE";
  }
}
