import { fromPostgresMicros, type MessageReader } from "./reader.ts";

/** `B` · Int64 LSN of the commit record · Int64 commit time · Int32 xid */
export interface Begin {
  readonly committedAt: bigint;
  readonly xid: string;
}

export function readBegin(reader: MessageReader): Begin {
  reader.skip(8);
  return {
    committedAt: fromPostgresMicros(reader.int64()),
    xid: String(reader.uint32()),
  };
}
