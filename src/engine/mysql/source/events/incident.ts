import type { EventReader } from "./event-reader.ts";

/** Int16 kind (1: events were lost) · Int8 size · message. The server itself says that its log is incomplete here. */
export function readIncident(reader: EventReader): string {
  reader.skip(2);
  return reader.left > 0 ? reader.utf8(reader.uint8()) : "";
}
