import { spawnSync } from "node:child_process";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDirectory } from "../support/temp-directory.ts";

/** Writes down how it was called, and does what npm does last. */
const NPM = `
  const { appendFileSync, mkdirSync, writeFileSync } = require("node:fs");
  appendFileSync("calls", process.argv.slice(2).join(" ") + "\\n");
  console.log("npm speaks");
  if (process.env.FAIL) process.exit(1);
  mkdirSync("node_modules", { recursive: true });
  writeFileSync("node_modules/.package-lock.json", "{}");
`;

async function openCheckout() {
  const directory = await tempDirectory();
  await mkdir(join(directory.path, "scripts"));
  const script = join(directory.path, "scripts/install-once.mjs");
  await copyFile("scripts/install-once.mjs", script);
  await writeFile(join(directory.path, "npm-cli.js"), NPM);
  return {
    run: (env: Readonly<Record<string, string>> = {}) =>
      spawnSync(process.execPath, [script], {
        cwd: "/",
        env: { npm_execpath: join(directory.path, "npm-cli.js"), ...env },
        encoding: "utf8",
      }),
    calls: () => readFile(join(directory.path, "calls"), "utf8"),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

test("a fresh checkout is installed once, and stdout stays a program's", async () => {
  await using checkout = await openCheckout();
  const first = checkout.run();
  expect(first).toMatchObject({ status: 0, stdout: "" });
  expect(first.stderr).toContain("npm speaks");
  expect(first.stderr).toMatch(/installed in \d+\.\d s/);
  expect(checkout.run()).toMatchObject({ status: 0, stdout: "", stderr: "" });
  expect(await checkout.calls()).toBe("ci --loglevel=error\n");
});

test("an installation that fails starts nothing", async () => {
  await using checkout = await openCheckout();
  const failed = checkout.run({ FAIL: "1" });
  expect(failed).toMatchObject({ status: 1, stdout: "" });
  expect(failed.stderr).toContain("npm ci failed");
});
