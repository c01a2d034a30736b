import { hash } from "node:crypto";
import type { TableId } from "../../core/shape.ts";

/** The first 52 bits of SHA-256 of `schema NUL name`, as the server stores both. */
export function tableId(schema: string, name: string): TableId {
  return Number.parseInt(hash("sha256", `${schema}\0${name}`).slice(0, 13), 16);
}
