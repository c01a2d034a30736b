import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { COMMANDS } from "../../../src/cli/program.ts";
import { SHELLS } from "../../../src/cli/completion/shells.ts";
import { captureCli } from "../../support/capture-cli.ts";

test.each(SHELLS)("%s completes every command", async (shell) => {
  const { stdout, exitCode } = await captureCli(["completion", shell]);
  expect(exitCode).toBe(0);
  const { stdout: help } = await captureCli(["--help"]);
  const commands = [...help.matchAll(/^ {2}([a-z]+) (?:[[<]| )/gm)].map(
    ([, name]) => name ?? "",
  );
  expect(commands).toHaveLength(COMMANDS.length);
  for (const command of commands) expect(stdout).toContain(command);
  expect(stdout).toContain("from-env");
});

/** What bash offers for the last word of a line. */
async function complete(...words: readonly string[]): Promise<string[]> {
  const { stdout: script } = await captureCli(["completion", "bash"]);
  const { stdout, status, stderr } = spawnSync(
    "bash",
    [
      "--norc",
      "-c",
      `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tidemark; printf '%s\\n' "\${COMPREPLY[@]}"`,
      "bash",
      "tidemark",
      ...words,
    ],
    { encoding: "utf8" },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.trimEnd().split("\n");
}

test("bash completes commands, options and choices", async () => {
  expect(await complete("in")).toEqual(["init"]);
  expect(await complete("init", "--fr")).toEqual(["--from-env"]);
  expect(await complete("--json", "init", "--ar")).toEqual(["--archive"]);
  expect(await complete("completion", "z")).toEqual(["zsh"]);
  expect(await complete("--config", "/et")).toEqual(["/etc"]);
  expect(await complete("init", "--from-env", "")).toEqual([""]);
});
