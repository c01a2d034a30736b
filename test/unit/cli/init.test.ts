import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { suggestSourceName } from "../../../src/cli/init/suggest-source-name.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { captureCli } from "../../support/capture-cli.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

const env = { ORDERS_URL: "postgres://u:SECRET@db/orders" };

test("what init writes loads, and holds no secret", async () => {
  await using directory = await tempDirectory();
  const path = join(directory.path, "tidemark.yaml");
  const { exitCode, stdout } = await captureCli(
    ["init", "--config", path, "--from-env", "ORDERS_URL"],
    { env },
  );
  expect(exitCode).toBe(0);
  expect(stdout).toContain("source orders, from ORDERS_URL");
  expect(await readFile(path, "utf8")).not.toContain("SECRET");
  const config = await loadConfig({ path, env });
  expect([...config.sources.keys()]).toEqual(["orders"]);
  expect(config.archive).toEqual({
    directory: join(directory.path, "tidemark/archive"),
  });
});

test("an archive in S3 is written as one", async () => {
  await using directory = await tempDirectory();
  const path = join(directory.path, "tidemark.yaml");
  const init = (archive: string) =>
    captureCli(
      [
        ...["init", "--config", path, "--from-env", "ORDERS_URL"],
        ...["--archive", archive],
      ],
      { env },
    );
  expect((await init("s3://Backups")).exitCode).toBe(2);
  const url = "s3://backups/tidemark?region=eu-central-1&pathStyle=false";
  expect((await init(url)).exitCode).toBe(0);
  const config = await loadConfig({ path, env });
  expect(config.archive).toMatchObject({
    s3: {
      ...{ bucket: "backups", prefix: "tidemark" },
      ...{ region: "eu-central-1", pathStyle: false },
    },
  });
});

test("every commented key of the file is one that loads", async () => {
  await using directory = await tempDirectory();
  const path = join(directory.path, "tidemark.yaml");
  await captureCli(["init", "--config", path, "--from-env", "ORDERS_URL"], {
    env,
  });
  const text = await readFile(path, "utf8");
  const uncommented = text
    .split("\n")
    .filter((line) => !/password(Command|File):/.test(line))
    .map((line) => line.replace(/^( *)# (?= *[a-z]+:( |$))/, "$1"))
    .join("\n");
  expect(uncommented.match(/^ *# *[a-z]+: /gm)).toBe(null);
  await writeFile(path, uncommented);
  const config = await loadConfig({
    path,
    env: { ...env, SCRATCH_URL: "postgres://u@localhost/scratch" },
  });
  expect(config.targets.size).toBe(1);
  expect([...config.sources.values()][0]?.tables.patterns).toHaveLength(2);
});

test("an existing file is not touched", async () => {
  await using directory = await tempDirectory();
  const path = join(directory.path, "tidemark.yaml");
  await writeFile(path, "mine");
  const { exitCode, stderr } = await captureCli(
    ["init", "--config", path, "--from-env", "ORDERS_URL"],
    { env },
  );
  expect(exitCode).toBe(2);
  expect(stderr).toContain("is there already");
  expect(await readFile(path, "utf8")).toBe("mine");
});

test("with --json the answer is a document", async () => {
  await using directory = await tempDirectory();
  const path = join(directory.path, "t.yaml");
  const { stdout } = await captureCli([
    ...["init", "--config", path, "--json"],
    ...["--from-env", "DATABASE_URL", "--source", "payments"],
  ]);
  expect(JSON.parse(stdout)).toEqual({
    tidemark: 1,
    command: "init",
    path,
    source: "payments",
    variable: "DATABASE_URL",
    next: [
      "export DATABASE_URL=postgres://user@host:5432/database",
      `tidemark --config ${path} check`,
      `tidemark --config ${path} prepare payments`,
      `tidemark --config ${path} run`,
    ],
  });
});

test("asks a person, who may take what is suggested", async () => {
  await using directory = await tempDirectory();
  const path = join(directory.path, "tidemark.yaml");
  const { exitCode } = await captureCli(["init", "--config", path], {
    env,
    answers: [
      ["[DATABASE_URL]", "ORDERS_URL"],
      ["[orders]", ""],
      ["[./tidemark/archive]", "/mnt/a#b: c"],
    ],
  });
  expect(exitCode).toBe(0);
  const config = await loadConfig({ path, env });
  expect([...config.sources.keys()]).toEqual(["orders"]);
  expect(config.archive).toEqual({ directory: "/mnt/a#b: c" });
});

describe("refused, and nothing is written", () => {
  test.each([
    ["no variable and nobody to ask", []],
    ["the URL itself", ["--from-env", "postgres://u:SECRET@db/d"]],
    ["a source name that is none", ["--from-env", "X_URL", "--source", "X"]],
    ["a variable with a wrong URL", ["--from-env", "WRONG_URL"]],
  ])("%s", async (_name, options) => {
    await using directory = await tempDirectory();
    const path = join(directory.path, "tidemark.yaml");
    const { exitCode, stderr } = await captureCli(
      ["init", "--config", path, ...options],
      { env: { WRONG_URL: "oracle://u:SECRET@db/d" } },
    );
    expect(exitCode).toBe(2);
    expect(stderr).not.toContain("SECRET");
    await expect(readFile(path)).rejects.toThrow("ENOENT");
  });
});

test.each([
  ["ORDERS_URL", undefined, "orders"],
  ["ORDERS_DATABASE_URL", undefined, "orders"],
  ["BIG_SHOP_DB_DSN", undefined, "big-shop"],
  ["ORDERS", undefined, "orders"],
  ["DATABASE_URL", undefined, "main"],
  ["DATABASE_URL", "postgres://u@db/Pay%20Roll", "pay-roll"],
  ["PGURL", "postgres://u@db/orders", "orders"],
  ["_URL", "postgres://u@db/%C3%A9", "main"],
])("the source of %s (%s) is called %s", (variable, url, name) => {
  expect(suggestSourceName(variable, url)).toBe(name);
});
