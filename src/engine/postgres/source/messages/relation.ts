import type { MessageReader } from "./reader.ts";

/**
 * `R` · Int32 oid · String namespace (empty: pg_catalog) · String name · Int8 replica identity (d n f i) · Int16 columns ·
 * per column: Int8 flags (1: part of the identity) · String name · Int32 type oid · Int32 type modifier
 */
export interface Relation {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly replicaIdentity: "d" | "n" | "f" | "i";
  readonly columns: readonly RelationColumn[];
}

export interface RelationColumn {
  readonly identifies: boolean;
  readonly name: string;
  readonly typeOid: number;
  readonly typeModifier: number;
}

export function readRelation(reader: MessageReader): Relation {
  const oid = reader.uint32();
  const namespace = reader.string() || "pg_catalog";
  const name = reader.string();
  const replicaIdentity = String.fromCharCode(reader.uint8());
  if (!isReplicaIdentity(replicaIdentity)) {
    throw new RangeError(`a replica identity "${replicaIdentity}"`);
  }
  const columns: RelationColumn[] = [];
  for (let left = reader.uint16(); left > 0; left--) {
    columns.push({
      identifies: (reader.uint8() & 1) === 1,
      name: reader.string(),
      typeOid: reader.uint32(),
      typeModifier: reader.int32(),
    });
  }
  return { oid, namespace, name, replicaIdentity, columns };
}

function isReplicaIdentity(text: string): text is Relation["replicaIdentity"] {
  return "dnfi".includes(text);
}
