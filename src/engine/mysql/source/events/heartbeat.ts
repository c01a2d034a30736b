import type { EventReader } from "./event-reader.ts";

export interface Heartbeat {
  readonly file: string;
  /** undefined: the header has it, modulo 2^32. */
  readonly offset: number | undefined;
}

/** Version 1: name of the file. */
export function readHeartbeat(reader: EventReader): Heartbeat {
  return { file: reader.utf8(reader.left), offset: undefined };
}

const END = 0;
const FILE = 1;
const OFFSET = 2;

/** Version 2 (MySQL 8.0.26 on): fields, each packed number of it · packed size · content; 0 ends them. The place is a packed number. */
export function readHeartbeatV2(reader: EventReader): Heartbeat {
  let file = "";
  let offset: number | undefined;
  while (reader.left > 0) {
    const field = reader.packed();
    if (field === END) break;
    const size = reader.packed();
    if (field === FILE) file = reader.utf8(size);
    else if (field === OFFSET) {
      const end = reader.offset + size;
      offset = reader.packed();
      reader.skip(end - reader.offset);
    } else reader.skip(size);
  }
  return { file, offset };
}
