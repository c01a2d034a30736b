import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { tempDirectory } from "./temp-directory.ts";

const run = promisify(execFile);

/** A file system of 1 MiB, or undefined where none can be mounted. */
export async function smallDisk() {
  const temp = await tempDirectory();
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", temp.path]);
  } catch {
    await temp[Symbol.asyncDispose]();
    return undefined;
  }
  return {
    path: temp.path,
    async [Symbol.asyncDispose]() {
      await run("umount", [temp.path]);
      await temp[Symbol.asyncDispose]();
    },
  };
}
