import type { MessageReader } from "./reader.ts";

/** `T` · Int32 count · Int8 options (1 CASCADE, 2 RESTART IDENTITY) · Int32 oid per table */
export interface Truncate {
  readonly cascade: boolean;
  readonly restartIdentity: boolean;
  readonly oids: readonly number[];
}

export function readTruncate(reader: MessageReader): Truncate {
  const count = reader.uint32();
  const options = reader.uint8();
  return {
    cascade: (options & 1) !== 0,
    restartIdentity: (options & 2) !== 0,
    oids: Array.from({ length: count }, () => reader.uint32()),
  };
}
