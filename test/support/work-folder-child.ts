import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openWorkFolder } from "../../src/platform/work-folder.ts";

// Run as a process: works in a folder below the one given, until it is killed.
const work = await openWorkFolder(process.argv[2]);
await writeFile(join(work.path, "spool"), "rows");
process.stdout.write(`${work.path}\n`);
setInterval(() => undefined, 1_000_000);
