import type { MessageReader } from "./reader.ts";

/** `Y` · Int32 oid · String namespace (empty: pg_catalog) · String name. Of a domain: its own oid, its base type's name. */
export interface Type {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
}

export function readType(reader: MessageReader): Type {
  return {
    oid: reader.uint32(),
    namespace: reader.string() || "pg_catalog",
    name: reader.string(),
  };
}
