import type { EventReader } from "./event-reader.ts";

/** Int8 1: committed in one phase · Int32 format · Int32 and Int32 sizes · xid. */
export interface XaPrepare {
  readonly onePhase: boolean;
  readonly xid: string;
}

export function readXaPrepare(reader: EventReader): XaPrepare {
  const onePhase = reader.uint8() !== 0;
  const format = reader.uint32();
  const global = reader.uint32();
  const branch = reader.uint32();
  return {
    onePhase,
    xid: xidText(format, reader.bytes(global), reader.bytes(branch)),
  };
}

/** As statements of the log write it: `X'…',X'…',1`. */
export function xidText(format: number, global: Buffer, branch: Buffer) {
  return `X'${global.toString("hex")}',X'${branch.toString("hex")}',${format}`;
}
