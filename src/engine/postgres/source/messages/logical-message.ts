import type { MessageReader } from "./reader.ts";

/** `M` · Int8 flags (1: transactional) · Int64 LSN · String prefix · Int32 length · content */
export interface LogicalMessage {
  readonly transactional: boolean;
  readonly prefix: string;
  readonly content: Buffer;
}

export function readLogicalMessage(reader: MessageReader): LogicalMessage {
  const transactional = (reader.uint8() & 1) !== 0;
  reader.skip(8);
  const prefix = reader.string();
  return { transactional, prefix, content: reader.bytes(reader.uint32()) };
}
