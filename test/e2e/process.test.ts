import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

const src = new URL("../../src/", import.meta.url).href;
const module = (code: string) => ["--input-type=module", "-e", code];

test("a failpoint kills the process at its n-th pass, and not at another place", () => {
  const { stdout, signal } = spawnSync(
    process.execPath,
    module(`
      import { writeSync } from "node:fs";
      import { dieAt } from "${src}cli/die-at.ts";
      import { failpoint, installFailpoint } from "${src}platform/failpoints.ts";
      installFailpoint(dieAt({ name: "here", hit: 2 }));
      for (const pass of ["1", "2", "3"]) {
        failpoint("elsewhere");
        failpoint("here");
        writeSync(1, pass);
      }
    `),
    { encoding: "utf8" },
  );
  expect(signal).toBe("SIGKILL");
  expect(stdout).toBe("1");
});

/** Waits for a signal; then either ends as it likes, or waits for a second one. */
const waiting = (afterwards: string) => `
  import { abortOnSignals } from "${src}cli/signals.ts";
  const signal = abortOnSignals(process, (code) => process.exit(code));
  const alive = setInterval(() => undefined, 1000);
  signal.addEventListener("abort", () => {
    process.stdout.write(signal.reason.message + "\\n");
    ${afterwards}
  });
  process.stdout.write("ready\\n");
`;

test("SIGTERM aborts the work, which ends by itself", async () => {
  const child = spawn(
    process.execPath,
    module(waiting("clearInterval(alive)")),
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exit = once(child, "exit");
  await once(child.stdout, "readable");
  child.kill("SIGTERM");
  expect(await text(child.stdout)).toBe("ready\nstopped by SIGTERM\n");
  expect(await exit).toEqual([0, null]);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("a second %s ends it at once", async (name, exitCode) => {
  const child = spawn(process.execPath, module(waiting("")), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  let written = "";
  for await (const chunk of child.stdout) {
    written += String(chunk);
    if (written === "ready\n" || written.endsWith("stopped by SIGINT\n")) {
      child.kill(written === "ready\n" ? "SIGINT" : name);
    }
  }
  expect(await exit).toEqual([exitCode, null]);
});
