import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  passwordFromCommand,
  passwordFromFile,
} from "../../../src/config/password.ts";
import { findInPgpass } from "../../../src/config/pgpass.ts";
import { caught } from "../../support/caught.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

describe("a password file", () => {
  test("is read anew at each call, without its line end", async () => {
    await using directory = await tempDirectory();
    const path = join(directory.path, "password");
    const password = passwordFromFile(path);
    await writeFile(path, "first \n");
    expect(await password()).toBe("first ");
    await writeFile(path, "second\r\n");
    expect(await password()).toBe("second");
    await writeFile(path, "third");
    expect(await password()).toBe("third");
  });

  test.each(["", "\n", "a\nb\n"])("with %j is refused", async (text) => {
    await using directory = await tempDirectory();
    const path = join(directory.path, "password");
    await writeFile(path, text);
    expect((await caught(passwordFromFile(path))).code).toBe("CONFIG");
  });

  test("that is not there is named", async () => {
    const error = await caught(passwordFromFile("/nowhere/password"));
    expect(error.message).toContain("/nowhere/password");
  });
});

describe("a password command", () => {
  test("is run anew at each call, in the folder of the file and with its environment", async () => {
    await using directory = await tempDirectory();
    const script = join(directory.path, "token.sh");
    await writeFile(
      script,
      '#!/bin/sh\necho x >> calls; echo "$NAME-$(wc -l < calls | tr -d " ")"\n',
    );
    await chmod(script, 0o755);
    const password = passwordFromCommand("./token.sh", {
      directory: directory.path,
      env: { PATH: process.env["PATH"], NAME: "token" },
    });
    expect(await password()).toBe("token-1");
    expect(await password()).toBe("token-2");
  });

  test.each([
    ["echo SECRET; echo SECRET >&2; exit 3", "failed (3)"],
    ["echo SECRET; kill -9 $$", "was ended by SIGKILL"],
    ["echo SECRET; echo SECRET", "not one line"],
    ["true SECRET", "not one line"],
    ["yes SECRET", "printed too much"],
  ])(
    "that goes wrong is reported without its text: %s",
    async (command, why) => {
      const error = await caught(
        passwordFromCommand(command, { directory: "/", env: process.env }),
      );
      expect(error.code).toBe("CONFIG");
      expect(error.message).toContain(why);
      const whole = `${error.message} ${error.hint} ${String(error.cause)}`;
      expect(whole).not.toContain("SECRET");
    },
  );
});

test("a password command that hangs is ended", async () => {
  const error = await caught(
    passwordFromCommand("echo SECRET; exec sleep 600", {
      directory: "/",
      env: process.env,
      timeoutMs: 200,
    }),
  );
  expect(error.message).toBe("passwordCommand took too long");
});

describe("PGPASSFILE", () => {
  const file = [
    "# comment",
    "db:5432:orders:u:exact",
    "db:*:orders:u:any-port",
    String.raw`d\:b:5432:o\\rders:u:p\:w\\x:y`,
    "localhost:5432:*:u:socket",
    "::1:1:x:y:unescaped-colons-are-separators",
    "*:*:*:last:last",
  ].join("\n");
  const login = { host: "db", port: 5432, database: "orders", user: "u" };

  test.each([
    [login, "exact"],
    [{ ...login, port: 1 }, "any-port"],
    [{ ...login, host: "d:b", database: "o\\rders" }, "p:w\\x:y"],
    [{ ...login, host: "/var/run" }, "socket"],
    [{ ...login, user: "last" }, "last"],
    [{ ...login, user: "nobody" }, undefined],
  ])("%j", (wanted, password) => {
    expect(findInPgpass(file, wanted)).toBe(password);
  });

  test("with a line that is none is refused", async () => {
    const error = await caught(() => findInPgpass("db:5432:x\n", login));
    expect(error.code).toBe("CONFIG");
  });
});
