import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseTarget } from "../../../src/cli/parse-target.ts";
import { parseConfig } from "../../../src/config/parse-config.ts";
import { caught } from "../../support/caught.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

const URL = "postgres://u@db:5433/scratch";

function noConfig(): never {
  throw new Error("the configuration was asked for");
}

const config = async () =>
  parseConfig({
    path: "/etc/tidemark.yaml",
    env: {},
    text: `archive: [{ directory: a }]
targets: { scratch: { postgres: "${URL}" } }`,
  });

describe("a target", () => {
  test("from the configuration", async () => {
    const login = await parseTarget("scratch", { env: {}, config });
    expect(login.label).toBe(URL);
  });

  test("from a variable, password included", async () => {
    const login = await parseTarget("env:TARGET", {
      env: { TARGET: "postgres://u:pw@db/d", PGPASSWORD: "other" },
      config: noConfig,
    });
    expect(login.label).toBe("postgres://u@db:5432/d");
    expect(await login.password()).toBe("pw");
  });

  test("as a URL needs no configuration", async () => {
    const login = await parseTarget(URL, { env: {}, config: noConfig });
    expect(login).toMatchObject({ port: 5433, tls: { mode: "verify-full" } });
    expect(await login.password()).toBe(undefined);
  });
});

describe("the password for a URL comes", () => {
  test("from --into-password-file, before all others", async () => {
    await using directory = await tempDirectory();
    const passwordFile = join(directory.path, "pw");
    await writeFile(passwordFile, "from-file\n");
    const login = await parseTarget(URL, {
      env: { PGPASSWORD: "from-env" },
      config: noConfig,
      passwordFile,
    });
    expect(await login.password()).toBe("from-file");
  });

  test("from PGPASSWORD, before PGPASSFILE", async () => {
    const login = await parseTarget(URL, {
      env: { PGPASSWORD: "from-env", PGPASSFILE: "/nowhere" },
      config: noConfig,
    });
    expect(await login.password()).toBe("from-env");
  });

  test("from PGPASSFILE, which only its owner may read", async () => {
    await using directory = await tempDirectory();
    const path = join(directory.path, "pgpass");
    await writeFile(path, "db:5433:*:u:from-pgpass\n", { mode: 0o600 });
    const login = await parseTarget(URL, {
      env: { PGPASSFILE: path },
      config: noConfig,
    });
    expect(await login.password()).toBe("from-pgpass");
    await chmod(path, 0o644);
    const error = await caught(() => login.password());
    expect(error.code).toBe("CONFIG");
    expect(error.hint).toBe(`chmod 600 ${path}`);
  });
});

describe("refused is", () => {
  test.each([
    ["a password in argv", "postgres://u:SECRET@db/d", "USAGE"],
    ["a password as a parameter", `${URL}?password=SECRET`, "USAGE"],
    ["a password spelled otherwise", `${URL}?pass%77ord=SECRET`, "USAGE"],
    ["a variable without a name", "env:", "USAGE"],
    ["a password in a URL that is wrong", "postgres://u:SECRET@d b/d", "USAGE"],
    ["a URL of something else", "oracle://u@db/d", "USAGE"],
    ["a variable that is not set", "env:NOTHING", "USAGE"],
    ["a variable that is empty", "env:EMPTY", "USAGE"],
    ["a variable with a wrong URL", "env:WRONG", "USAGE"],
    ["a name that is not there", "scratsh", "NOT_FOUND"],
    [
      "certificates that do nothing",
      "postgres://u@localhost/d?sslrootcert=x",
      "USAGE",
    ],
  ])("%s", async (_name, text, code) => {
    const error = await caught(() =>
      parseTarget(text, {
        env: { EMPTY: "", WRONG: "postgres://u:SECRET@" },
        config,
      }),
    );
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.hint}`).not.toContain("SECRET");
  });

  test("a name, with the nearest one", async () => {
    const error = await caught(() =>
      parseTarget("scratsh", { env: {}, config }),
    );
    expect(error.hint).toBe("nearest: scratch");
  });

  test("a password file that would do nothing", async () => {
    for (const text of ["scratch", "env:TARGET"]) {
      const error = await caught(() =>
        parseTarget(text, {
          env: { TARGET: "postgres://u:pw@db/d" },
          config,
          passwordFile: "x",
        }),
      );
      expect(error.code).toBe("USAGE");
    }
  });
});
