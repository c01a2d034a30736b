import { fromPostgresMicros, type MessageReader } from "./reader.ts";

/** `C` · Int8 flags · Int64 LSN of the commit record · Int64 end LSN · Int64 commit time */
export interface Commit {
  readonly endLsn: bigint;
  readonly committedAt: bigint;
}

export function readCommit(reader: MessageReader): Commit {
  const flags = reader.uint8();
  if (flags !== 0) throw new RangeError(`a commit with flags ${flags}`);
  reader.skip(8);
  return {
    endLsn: reader.uint64(),
    committedAt: fromPostgresMicros(reader.int64()),
  };
}
