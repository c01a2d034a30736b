import type { ShapeColumn, ShapeId, TableId, Identity } from "../core/shape.ts";
import type { StoredObject } from "./acts.ts";

/** One line of a base's manifest: a table's rows at one seq, byte for byte as the engine's bulk export wrote them. */
export interface TableBase {
  readonly table: TableId;
  readonly shape: ShapeId;
  readonly namespace: string;
  readonly name: string;
  readonly identity: Identity;
  readonly seq: number;
  readonly position: string;
  readonly relfilenode: number;
  readonly dialect: "postgres-copy";
  readonly columns: readonly ShapeColumn[];
  readonly rows: number;
  /** See format/row-digest.ts. */
  readonly digest: string;
  readonly parts: readonly (StoredObject & {
    readonly rows: number;
    readonly rawBytes: number;
  })[];
}
