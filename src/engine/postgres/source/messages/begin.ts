import type { MessageReader } from "./reader.ts";

/** `B` · Int64 LSN of the commit record · Int64 commit time · Int32 xid; where and when it ends, the commit says. */
export interface Begin {
  readonly xid: string;
}

export function readBegin(reader: MessageReader): Begin {
  reader.skip(16);
  return { xid: String(reader.uint32()) };
}
