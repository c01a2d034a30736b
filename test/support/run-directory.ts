import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What tests leave behind when they are killed goes with the run. */
export default async function makeRunDirectory(): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "tidemark-test-"));
  // Servers run as another user when the tests run as root.
  await chmod(directory, 0o755);
  process.env["TIDEMARK_TEST_RUN_DIRECTORY"] = directory;
  // And everything else that a test or a process of it puts into the system's temporary folder.
  process.env["TMPDIR"] = directory;
  return () => rm(directory, { recursive: true, force: true, maxRetries: 3 });
}
