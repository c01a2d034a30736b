import { extname } from "node:path";

/** A worker's file beside the caller's: `.ts` in a checkout, `.js` in the published package. `importer` is `import.meta.url`. */
export function workerUrl(importer: string, name: string): URL {
  return new URL(`./${name}${extname(importer)}`, importer);
}
