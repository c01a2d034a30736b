import { charsetOf } from "../values/charsets.ts";

const UTF8 = ["utf8mb4", "utf8mb3"];
const cp1252 = new TextDecoder("windows-1252");

/**
 * A statement of the log as text; undefined where its character set is not read here and more than ASCII is in it. `collation` is the
 * client's.
 */
export function decodeStatement(
  bytes: Buffer,
  collation: number | undefined,
): string | undefined {
  if (isAscii(bytes)) return bytes.toString("latin1");
  const charset =
    collation === undefined ? "utf8mb4" : charsetOf(collation)?.name;
  if (charset === undefined) return undefined;
  if (UTF8.includes(charset)) return bytes.toString("utf8");
  return charset === "latin1" ? cp1252.decode(bytes) : undefined;
}

function isAscii(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at++)
    if ((bytes[at] as number) >= 0x80) return false;
  return true;
}
