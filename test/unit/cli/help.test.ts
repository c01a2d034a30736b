import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { buildProgram, COMMANDS } from "../../../src/cli/program.ts";
import type { CommandContext } from "../../../src/cli/context.ts";
import { captureCli } from "../../support/capture-cli.ts";

const names = buildProgram({
  // Defining commands asks nothing of the context.
  context: { version: "0" } as CommandContext,
  commands: COMMANDS,
  writeOut: () => undefined,
  writeErr: () => undefined,
  beforeAction: async () => undefined,
}).commands.map((command) => command.name());

test("the program's help names every command", async () => {
  const { stdout, exitCode, stderr } = await captureCli(["--help"]);
  expect(exitCode).toBe(0);
  expect(stderr).toBe("");
  for (const name of names) expect(stdout).toContain(`\n  ${name} `);
});

test.each(names)("`%s --help` has an example that parses", async (name) => {
  const { stdout, exitCode } = await captureCli([name, "--help"]);
  expect(exitCode).toBe(0);
  const examples = [...stdout.matchAll(/^ {2}\$ tidemark (.*)$/gm)];
  expect(examples.length).toBeGreaterThan(0);
  for (const [, line = ""] of examples) {
    const argv = line.replace(/ >.*$/, "").split(" ");
    // With --help an example is parsed as far as its options and does nothing.
    expect(await captureCli([...argv, "--help"])).toMatchObject({
      exitCode: 0,
    });
    expect(argv[0]).toBe(name);
  }
  // Nobody who needs a point has time to look elsewhere for how it is written.
  if (stdout.includes("<point>")) expect(stdout).toContain("before:812");
});

test.each(names)("docs/cli-json.md has a section for `%s`", (name) => {
  const page = readFileSync("docs/cli-json.md", "utf8");
  expect(page).toContain(`\n## \`${name}\`\n`);
});

test("--version prints the version of the package", async () => {
  const { stdout, exitCode } = await captureCli(["--version"]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(exitCode).toBe(0);
});
