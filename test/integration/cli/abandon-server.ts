// Starts a server, says its process number and dies without a word, as the test asks: by an exception or by SIGKILL.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openEmbeddedPostgres } from "../../../src/cli/demo/embedded-postgres.ts";

const [, , dataDirectory = "", death] = process.argv;
await openEmbeddedPostgres({ dataDirectory }, AbortSignal.timeout(60_000));
const file = await readFile(join(dataDirectory, "postmaster.pid"), "utf8");
process.stdout.write(file.slice(0, file.indexOf("\n")), () => {
  if (death === "SIGKILL") process.kill(process.pid, "SIGKILL");
  throw new Error("died on purpose");
});
