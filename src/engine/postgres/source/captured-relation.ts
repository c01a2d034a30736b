import type { Shape, TableFilter } from "../../../core/shape.ts";
import { UNCOUNTED, type CountedTable } from "../../stream/part-encoder.ts";
import { relationShape } from "../shape.ts";
import { TIDEMARK_LOG, TIDEMARK_SCHEMA } from "../names.ts";
import type { Relation } from "./messages/relation.ts";
import type { TupleRules } from "./write-tuple.ts";

/** Type oid → the name that a shape has for it; of a domain, its base type's. */
export type TypeNames = Map<number, string>;

/** A relation as this stream last described it, with the counters of the part that is being made. */
export interface CapturedRelation extends CountedTable {
  readonly kind: "captured";
  readonly newRow: TupleRules;
  readonly oldRow: TupleRules;
  readonly oldKey: TupleRules;
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
  const shape = shapeOfRelation(relation, context.types);
  const columns = shape.columns.length;
  const identifies = shape.columns.map((column) => column.identifies);
  return {
    kind: "captured",
    shape,
    newRow: { columns, identifies: undefined, mayBeUnchanged: true },
    oldRow: { columns, identifies: undefined, mayBeUnchanged: false },
    oldKey: { columns, identifies, mayBeUnchanged: false },
    ...UNCOUNTED,
  };
}

function shapeOfRelation(relation: Relation, types: TypeNames): Shape {
  return relationShape({
    table: relation.oid,
    namespace: relation.namespace,
    name: relation.name,
    replicaIdentity: relation.replicaIdentity,
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
      };
    }),
  });
}
