import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// A checkout strips the types of its sources once and not at every start. Not in the default folder under /tmp, where
// another user could have put the code that we then run. A folder that cannot be written only costs the time.
if (import.meta.url.endsWith(".ts")) {
  enableCompileCache(
    fileURLToPath(new URL("../node_modules/.cache/tidemark", import.meta.url)),
  );
}

// Imported here and not above, so that the cache already serves it.
const { start } = await import("./cli/start.ts");
process.exit(await start(process, (exitCode) => process.exit(exitCode)));
