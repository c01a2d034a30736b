import type { Identity, Shape, TableId } from "../../core/shape.ts";
import { shapeOf } from "../../format/shape-record.ts";

/** A table as a pgoutput Relation message describes it, and as pg_catalog does. */
export interface RelationDescription {
  readonly table: TableId;
  readonly namespace: string;
  readonly name: string;
  /** pg_class.relreplident. */
  readonly replicaIdentity: string;
  /** By attnum; of generated columns those that are sent: the stored ones, from Postgres 18 on. */
  readonly columns: readonly RelationColumn[];
}

export interface RelationColumn {
  readonly name: string;
  /** As `typeLabel` has it; of the base type, when the column's is a domain. */
  readonly type: string;
  /** Of the column's type itself, so of the domain. */
  readonly typeId: number;
  readonly typeModifier: number;
  /** The message's flag: part of the key, or any column under REPLICA IDENTITY FULL. */
  readonly identifies: boolean;
}

/**
 * The shape of a relation. Capture and base call this one function, so that both name the same shape by the same hash.
 * pgoutput sends text for every type, so every column is TEXT: bytea as hex, as COPY writes it.
 */
export function relationShape(relation: RelationDescription): Shape {
  return shapeOf({
    table: relation.table,
    engine: "postgres",
    namespace: relation.namespace,
    name: relation.name,
    identity: identityOf(relation),
    columns: relation.columns.map((column) => ({
      name: column.name,
      type: column.type,
      typeId: column.typeId,
      typeModifier: column.typeModifier,
      identifies: column.identifies,
      encoding: "TEXT",
    })),
  });
}

/**
 * FULL flags every column; DEFAULT and INDEX flag those of a valid, immediate key, and none when there is no such index
 * (src/backend/replication/logical/proto.c, logicalrep_write_attrs).
 */
function identityOf(relation: RelationDescription): Identity {
  if (relation.replicaIdentity === "f") return "WHOLE_ROW";
  return relation.columns.some((column) => column.identifies) ? "KEY" : "NONE";
}

/**
 * The name that a shape has for a type: of one that is not in pg_catalog none but this, and its oid beside it. A walsender that has
 * described a table does not do so again when such a type is renamed or moved, and one that begins later says the new name: the same
 * transaction would be another when it comes again.
 */
export function typeLabel(type: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return type.namespace === "pg_catalog" || type.namespace === ""
    ? type.name
    : "USER-DEFINED";
}
