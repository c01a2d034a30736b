import { readFileSync } from "node:fs";

/** Of package.json, which stands two folders above both the sources and the compiled files. */
export function readVersion(): string {
  const text = readFileSync(
    new URL("../../package.json", import.meta.url),
    "utf8",
  );
  return (JSON.parse(text) as { readonly version: string }).version;
}
