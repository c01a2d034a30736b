import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readdir } from "node:fs/promises";

/** Files in a folder, and processes that run in it or name it in their command line. */
export async function leftBehind(folder: string): Promise<readonly string[]> {
  return [...(await readdir(folder)), ...processesOf(folder)];
}

function processesOf(folder: string): readonly string[] {
  const lines =
    process.platform === "linux"
      ? readProc()
      : execFileSync("ps", ["-A", "-o", "pid=,args="], {
          encoding: "utf8",
        }).split("\n");
  return lines.filter((line) => line.includes(folder));
}

function readProc(): readonly string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        const cwd = readlinkSync(`/proc/${pid}/cwd`);
        return [`${pid} ${args.replaceAll("\0", " ")} in ${cwd}`];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}
