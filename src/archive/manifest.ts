import type { Engine } from "../core/database-identity.ts";
import type { ShapeColumn, ShapeId, TableId, Identity } from "../core/shape.ts";
import type { StoredObject } from "./acts.ts";

/** One line of a base's manifest: a table's rows at one seq, as COPY text (format/copy-text.ts), whatever the engine. */
export interface TableBase {
  readonly engine: Engine;
  readonly table: TableId;
  readonly shape: ShapeId;
  readonly namespace: string;
  readonly name: string;
  readonly identity: Identity;
  readonly seq: number;
  readonly position: string;
  /** See engine/table-reader.ts. */
  readonly storage: string;
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
