import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { spawnCli } from "../support/spawn-cli.ts";
import { tempDirectory } from "../support/temp-directory.ts";

const env = { ORDERS_URL: "postgres://u:SECRET@db/orders" };

describe("the program as it is installed", () => {
  test("prints its help and its version", async () => {
    await using directory = await tempDirectory();
    const help = await spawnCli(["--help"], { cwd: directory.path }).ended;
    expect(help).toMatchObject({ exitCode: 0, stderr: "" });
    expect(help.stdout).toContain("init [options]");
    const version = await spawnCli(["--version"], { cwd: directory.path })
      .ended;
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("writes tidemark.yaml once", async () => {
    await using directory = await tempDirectory();
    const init = ["init", "--from-env", "ORDERS_URL"];
    const first = await spawnCli(init, { cwd: directory.path, env }).ended;
    expect(first).toMatchObject({ exitCode: 0, stderr: "" });
    const path = join(directory.path, "tidemark.yaml");
    const text = await readFile(path, "utf8");
    expect(text).toContain('postgres: "${ORDERS_URL}"');
    expect(text).not.toContain("SECRET");
    const second = await spawnCli([...init, "--json"], {
      cwd: directory.path,
      env,
    }).ended;
    expect(second.exitCode).toBe(2);
    expect(JSON.parse(second.stdout)).toMatchObject({
      tidemark: 1,
      command: "init",
      error: { code: "USAGE", exitCode: 2 },
    });
    expect(await readFile(path, "utf8")).toBe(text);
  });

  test("asks nobody where there is no terminal", async () => {
    await using directory = await tempDirectory();
    const { exitCode, stderr } = await spawnCli(["init"], {
      cwd: directory.path,
    }).ended;
    expect(exitCode).toBe(2);
    expect(stderr).toContain("hint: ");
  });

  test("prints completions", async () => {
    await using directory = await tempDirectory();
    const { stdout, exitCode } = await spawnCli(["completion", "bash"], {
      cwd: directory.path,
    }).ended;
    expect(exitCode).toBe(0);
    expect(stdout).toContain("complete -o filenames -F _tidemark tidemark\n");
  });

  test("warns loudly of a failpoint, and refuses one that is none", async () => {
    await using directory = await tempDirectory();
    const named = await spawnCli(["--version"], {
      cwd: directory.path,
      env: { TIDEMARK_FAILPOINT: "journal.synced:3" },
    }).ended;
    expect(named.exitCode).toBe(0);
    expect(named.stderr).toMatch(/^WARNING: .*pass 3 of journal\.synced\n$/);
    const wrong = await spawnCli(["--version"], {
      cwd: directory.path,
      env: { TIDEMARK_FAILPOINT: "journal.synced:0" },
    }).ended;
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain("error USAGE: TIDEMARK_FAILPOINT");
  });

  test("ends quietly when its reader has left", async () => {
    await using directory = await tempDirectory();
    const { child, ended } = spawnCli(["completion", "zsh"], {
      cwd: directory.path,
    });
    // Our own end is cut too, so what it would have read is of no interest.
    const cut = ended.catch(() => undefined);
    child.stdout?.destroy();
    await once(child, "exit");
    expect(child.exitCode).toBe(141);
    await cut;
  });
});
