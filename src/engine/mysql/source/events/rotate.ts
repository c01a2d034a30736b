import type { EventReader } from "./event-reader.ts";

/** Int64 place · name of the file. Artificial before every file that is sent; a real one ends a file. */
export interface Rotate {
  readonly file: string;
  readonly offset: number;
}

export function readRotate(reader: EventReader): Rotate {
  const offset = reader.uint64();
  const file = reader.utf8(reader.left);
  if (!/^[^\0-\x20:;]{1,255}\.[0-9]{1,10}$/.test(file))
    throw new RangeError(`a binlog of the name ${JSON.stringify(file)}`);
  return { file, offset };
}
