import { spawn } from "node:child_process";
import { Socket } from "node:net";

/**
 * Waits for the end of its standard input. A line first: all is well. The end alone: whoever held the other end is dead,
 * also by SIGKILL, and the server must not outlive it: a fast stop, and the hard one if it takes longer than ten seconds.
 */
const SCRIPT = `
trap '' INT TERM HUP
if read -r _; then exit 0; fi
kill -INT "$1" 2>/dev/null || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10; do
  sleep 1
  kill -0 "$1" 2>/dev/null || exit 0
done
kill -QUIT "$1" 2>/dev/null
`;

/** Stops process `pid` when this process ends in any way without disposing the result. */
export function watchParent(pid: number): Disposable {
  // Of its own session, so that the terminal's Ctrl-C reaches only us.
  const watch = spawn("/bin/sh", ["-c", SCRIPT, "tidemark", String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
  });
  watch.unref();
  const { stdin } = watch;
  if (stdin instanceof Socket) stdin.unref();
  // It may be gone first; then there is nothing left to tell it.
  stdin.on("error", () => undefined);
  return {
    [Symbol.dispose]: () => {
      stdin.end("stopped\n");
    },
  };
}
