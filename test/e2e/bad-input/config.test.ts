import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { spawnCli } from "../../support/spawn-cli.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

const GOOD = `sources:
  orders: { postgres: "\${ORDERS_URL}" }
archive: [{ directory: ./archive }]
http: { listen: "127.0.0.1:0" }
`;
const ORDERS_URL = "postgres://u:SECRET@127.0.0.1:1/orders";

/** What is wrong, the file, and what the error has to name. */
const CASES: readonly (readonly [
  what: string,
  file: string,
  names: readonly string[],
])[] = [
  [
    "an unknown key",
    GOOD.replace("archive:", "archiv:"),
    ["archiv", "tidemark.yaml:3:", "archive"],
  ],
  [
    "an unknown key of a source",
    GOOD.replace('" }', '", rop: 5s }'),
    ["rop", "tidemark.yaml:2:", "rpo"],
  ],
  [
    "a key of a later version",
    `${GOOD}notify: []\n`,
    ["notify", "tidemark.yaml:5:"],
  ],
  [
    "a duration that is none",
    GOOD.replace('" }', '", rpo: soon }'),
    ["rpo", "tidemark.yaml:2:"],
  ],
  [
    "a source's name that is none",
    GOOD.replace("orders:", "Or ders:"),
    ["Or ders"],
  ],
  [
    "a URL that is none",
    GOOD.replace("${ORDERS_URL}", "orders-db"),
    ["postgres", "tidemark.yaml:2:"],
  ],
  [
    "a variable that is not set",
    GOOD.replace("ORDERS_URL", "NO_SUCH_URL"),
    ["NO_SUCH_URL"],
  ],
  ["no archive", GOOD.replace(/archive:.*\n/, ""), ["archive"]],
  ["YAML that is none", `${GOOD}  : [\n`, ["well-formed YAML"]],
  [
    "a key twice",
    `${GOOD}archive: [{ directory: ./b }]\n`,
    ["tidemark.yaml:5:"],
  ],
  ["nothing at all", "", ["archive"]],
];

test.each(CASES)(
  "%s is named with its place, and nothing is made",
  async (...row) => {
    const [, file, names] = row;
    await using directory = await tempDirectory();
    await writeFile(join(directory.path, "tidemark.yaml"), file);
    for (const argv of [["check"], ["run"], ["prepare", "orders"]]) {
      const ended = await spawnCli([...argv, "--json"], {
        cwd: directory.path,
        env: { ORDERS_URL },
      }).ended;
      expect(ended.exitCode, ended.stderr).toBe(2);
      expect(ended.stderr).toMatch(/^error (CONFIG|NOT_IN_THIS_VERSION)/m);
      for (const name of names) expect(ended.stderr).toContain(name);
      expect(ended.stderr).toContain("tidemark.yaml");
      expect(ended.stderr + ended.stdout).not.toContain("SECRET");
    }
    expect(await readdir(directory.path)).toEqual(["tidemark.yaml"]);
  },
);

test("a configuration that is not there, a source that it does not have, a command that there is not", async () => {
  await using directory = await tempDirectory();
  const cli = (...argv: string[]) =>
    spawnCli(argv, { cwd: directory.path, env: { ORDERS_URL } }).ended;
  const none = await cli("check");
  expect(none.exitCode).toBe(2);
  expect(none.stderr).toContain("tidemark.yaml");
  expect(none.stderr).toContain("tidemark init");
  await writeFile(join(directory.path, "tidemark.yaml"), GOOD);
  const source = await cli("check", "ordres");
  expect(source.exitCode).toBe(6);
  expect(source.stderr).toContain("nearest: orders");
  const command = await cli("restroe");
  expect(command.exitCode).toBe(2);
  expect(command.stderr).toContain("restore");
  const flag = await cli("restore", "orders", "--att", "latest");
  expect(flag.exitCode).toBe(2);
  expect(flag.stderr).toContain("--at");
  expect(await readdir(directory.path)).toEqual(["tidemark.yaml"]);
});

test("places for journal and archive that cannot be had are findings, and those that can are not made by looking", async () => {
  await using directory = await tempDirectory();
  const path = join(directory.path, "tidemark.yaml");
  const findings = async (file: string) => {
    await writeFile(path, file);
    const { stdout } = await spawnCli(["check", "--json"], {
      cwd: directory.path,
      env: { ORDERS_URL },
    }).ended;
    const document = JSON.parse(stdout) as {
      readonly findings: readonly {
        where: string;
        code: string;
        mend: string;
      }[];
    };
    return document.findings.filter(({ where }) => where !== "orders");
  };
  expect(await findings(GOOD)).toEqual([]);
  expect(await readdir(directory.path)).toEqual(["tidemark.yaml"]);

  await writeFile(join(directory.path, "file"), "");
  const file = GOOD.replace("./archive", "./file/archive");
  const found = await findings(
    `${file}journal: { directory: ./file/journal }\n`,
  );
  expect(found).toMatchObject([
    { where: "journal", code: "JOURNAL_FATAL" },
    { where: "archive", code: "STORE_UNREACHABLE" },
  ]);
  for (const { mend } of found) expect(mend).not.toBe("");
});
