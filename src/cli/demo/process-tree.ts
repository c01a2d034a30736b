import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { sleep } from "../../platform/sleep.ts";

interface ProcessState {
  readonly pid: number;
  readonly parent: number;
  /** Ended, and only kept until its parent has asked for its status. */
  readonly zombie: boolean;
}

/**
 * Kills a process and its children at one stroke, as a power cut would: each child of Postgres leads a session of its own,
 * so no signal to a group reaches them. Resolves when all of them have ended.
 */
export async function killTree(
  pid: number,
  signal: AbortSignal,
): Promise<void> {
  // A stopped parent makes no children and collects none, so that no number is given away in between.
  process.kill(pid, "SIGSTOP");
  const children = listProcesses()
    .filter((each) => each.parent === pid)
    .map((each) => each.pid);
  for (const each of [...children, pid]) kill(each);
  const doomed = new Set([...children, pid]);
  const alive = () =>
    listProcesses().some((each) => doomed.has(each.pid) && !each.zombie);
  while (alive()) await sleep(10, signal);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function listProcesses(): readonly ProcessState[] {
  return process.platform === "linux" ? readProc() : askPs();
}

function readProc(): readonly ProcessState[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "latin1");
        // proc(5): pid (comm) state ppid …; comm may hold anything, so read from its last parenthesis on.
        const [state, parent] = stat
          .slice(stat.lastIndexOf(")") + 2)
          .split(" ");
        const zombie = state === "Z" || state === "X";
        return [{ pid: Number(name), parent: Number(parent), zombie }];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}

function askPs(): readonly ProcessState[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat="], {
    encoding: "utf8",
  });
  return table
    .trim()
    .split("\n")
    .map((line) => {
      const [pid, parent, state] = line.trim().split(/\s+/);
      return {
        pid: Number(pid),
        parent: Number(parent),
        zombie: state?.startsWith("Z") === true,
      };
    });
}
