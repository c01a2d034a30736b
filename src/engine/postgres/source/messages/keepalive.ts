import { fromPostgresMicros, type MessageReader } from "./reader.ts";

/** `k` · Int64 end of the log sent so far · Int64 the server's clock · Byte1 1: answer at once */
export interface Keepalive {
  readonly sentLsn: bigint;
  readonly at: bigint;
  readonly answer: boolean;
}

export function readKeepalive(reader: MessageReader): Keepalive {
  return {
    sentLsn: reader.uint64(),
    at: fromPostgresMicros(reader.int64()),
    answer: reader.uint8() === 1,
  };
}
