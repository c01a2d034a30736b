import { toPostgresMicros } from "./reader.ts";

/** `r` · Int64 written · Int64 flushed · Int64 applied · Int64 the client's clock · Byte1 1: answer at once */
export interface StandbyStatus {
  /** What was received; a server that shuts down waits until this is all that it has sent. */
  readonly written: bigint;
  /** What the server may forget; 0: nothing is said of it, and the slot stays as it is. */
  readonly flushed: bigint;
  readonly at: bigint;
  readonly ask: boolean;
}

export function encodeStandbyStatus(status: StandbyStatus): Buffer {
  const message = Buffer.alloc(34);
  let at = message.write("r", "latin1");
  at = message.writeBigUInt64BE(status.written, at);
  at = message.writeBigUInt64BE(status.flushed, at);
  at = message.writeBigUInt64BE(status.flushed, at);
  at = message.writeBigInt64BE(toPostgresMicros(status.at), at);
  message.writeUInt8(status.ask ? 1 : 0, at);
  return message;
}
