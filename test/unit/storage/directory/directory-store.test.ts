import { randomBytes } from "node:crypto";
import {
  chmod,
  mkdir,
  readdir,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { installFailpoint } from "../../../../src/platform/failpoints.ts";
import { openDirectoryStore } from "../../../../src/storage/directory/directory-store.ts";
import { storeError } from "../../../../src/storage/directory/store-error.ts";
import { never } from "../../../support/never.ts";
import { tempDirectory } from "../../../support/temp-directory.ts";

const body = (size: number) =>
  ({ kind: "bytes", bytes: randomBytes(size) }) as const;

afterEach(() => installFailpoint(undefined));

describe("a directory store", () => {
  it("refuses every key that is not plain segments, in every method", async () => {
    await using temp = await tempDirectory();
    const store = await openDirectoryStore({ directory: temp.path });
    const bad = [
      "",
      "/a",
      "a/",
      "a//b",
      ".",
      "..",
      "a/../../b",
      "a/./b",
      "a\\b",
      "a b",
      "é",
      "a\0b",
      "a\nb",
      ".tmp/x",
      "x".repeat(256),
      `${"a/".repeat(600)}b`,
    ];
    for (const key of bad) {
      const code = { code: "INTERNAL" };
      await expect(store.create(key, body(1), never)).rejects.toMatchObject(
        code,
      );
      await expect(store.stat(key, never)).rejects.toMatchObject(code);
      await expect(store.delete(["ok", key], never)).rejects.toMatchObject(
        code,
      );
      await expect(
        Array.fromAsync(store.read(key, undefined, never)),
      ).rejects.toMatchObject(code);
    }
    for (const prefix of ["../", "/", "a//", ".tmp/", "a/../b"]) {
      await expect(
        Array.fromAsync(store.list(prefix, undefined, never)),
        prefix,
      ).rejects.toMatchObject({ code: "INTERNAL" });
    }
    expect(await readdir(temp.path)).toEqual([]);
  });

  it("makes nothing by being opened or read", async () => {
    await using temp = await tempDirectory();
    const directory = join(temp.path, "none");
    const store = await openDirectoryStore({ directory });
    expect(await store.stat("a/b", never)).toBeUndefined();
    expect(await Array.fromAsync(store.list("", undefined, never))).toEqual([]);
    await store.delete(["a/b"], never);
    expect(await readdir(temp.path)).toEqual([]);
  });

  it("leaves no temporary file, whether a create wins, loses or is cancelled", async () => {
    await using temp = await tempDirectory();
    const store = await openDirectoryStore({ directory: temp.path });
    await store.create("a", body(10), never);
    await Promise.allSettled(
      Array.from({ length: 8 }, () => store.create("b", body(10), never)),
    );
    const stopping = new AbortController();
    installFailpoint((name) => {
      if (name === "store.temp-synced") stopping.abort(new Error("stop"));
    });
    await expect(store.create("c", body(10), stopping.signal)).rejects.toThrow(
      "stop",
    );
    expect(await readdir(join(temp.path, ".tmp"))).toEqual([]);
    expect((await readdir(temp.path)).sort()).toEqual([".tmp", "a", "b"]);
  });

  it("gives files to the group to read and to nobody else", async () => {
    await using temp = await tempDirectory();
    const store = await openDirectoryStore({ directory: temp.path });
    await store.create("f/a", body(10), never);
    const file = await stat(join(temp.path, "f/a"));
    const folder = await stat(join(temp.path, "f"));
    expect(file.mode & 0o777 & ~0o640).toBe(0);
    expect(folder.mode & 0o777 & ~0o750).toBe(0);
  });

  it("removes at open what dead processes left more than an hour ago, and only that", async () => {
    await using temp = await tempDirectory();
    const folder = join(temp.path, ".tmp");
    await mkdir(folder);
    const host = hostname().replace(/[^A-Za-z0-9-]/g, "-");
    const run = "0123456789abcdef";
    const deadPid = 2 ** 22 + 1;
    const names = {
      deadOld: `${host}.${deadPid}.${run}.1`,
      deadNew: `${host}.${deadPid}.${run}.2`,
      aliveOld: `${host}.${process.ppid}.${run}.3`,
      ownPidOfAnEarlierRun: `${host}.${process.pid}.${run}.4`,
      elsewhereOld: `${host}x.1.${run}.5`,
    };
    const old = Date.now() / 1000 - 3700;
    for (const [label, name] of Object.entries(names)) {
      await writeFile(join(folder, name), "x");
      if (label !== "deadNew") await utimes(join(folder, name), old, old);
    }
    await openDirectoryStore({ directory: temp.path });
    expect((await readdir(folder)).sort()).toEqual(
      [names.deadNew, names.aliveOld].sort(),
    );
  });

  it("does not count foreign names as objects", async () => {
    await using temp = await tempDirectory();
    const store = await openDirectoryStore({ directory: temp.path });
    await store.create("a/b", body(10), never);
    await mkdir(join(temp.path, "lost+found"));
    await writeFile(join(temp.path, "a", "b~"), "x");
    const infos = await Array.fromAsync(store.list("", undefined, never));
    expect(infos.map((info) => info.key)).toEqual(["a/b"]);
  });

  it("goes on after its folders were removed", async () => {
    await using temp = await tempDirectory();
    const store = await openDirectoryStore({ directory: temp.path });
    await store.create("a/b/c", body(10), never);
    await rm(join(temp.path, "a"), { recursive: true });
    installFailpoint((name) => {
      if (name === "store.temp-synced") installFailpoint(undefined);
    });
    await store.create("a/b/c", body(11), never);
    expect(await store.stat("a/b/c", never)).toMatchObject({ sizeBytes: 11 });
  });

  it("stops a read between two chunks", async () => {
    await using temp = await tempDirectory();
    const store = await openDirectoryStore({ directory: temp.path });
    await store.create("a", body(3_000_000), never);
    const stopping = new AbortController();
    const reading = store.read("a", undefined, stopping.signal);
    await expect(async () => {
      for await (const chunk of reading) {
        expect(chunk.length).toBe(1024 * 1024);
        stopping.abort(new Error("enough"));
      }
    }).rejects.toThrow("enough");
  });

  it("is unreachable where it has no rights, with a hint", async () => {
    await using temp = await tempDirectory();
    const store = await openDirectoryStore({ directory: temp.path });
    await chmod(temp.path, 0o500);
    using _weak = withoutRootRights();
    await expect(store.create("a", body(1), never)).rejects.toMatchObject({
      code: "STORE_UNREACHABLE",
      hint: expect.stringContaining("rights") as string,
    });
  });

  it("tells a full disk from other errors by code, and lets an abort through", () => {
    const errno = (code: string) => Object.assign(new Error("x"), { code });
    for (const code of ["ENOSPC", "EDQUOT"]) {
      expect(storeError(errno(code), "x")).toMatchObject({ code: "DISK_FULL" });
    }
    for (const code of ["EIO", "EACCES", "ESTALE"]) {
      expect(storeError(errno(code), "x")).toMatchObject({
        code: "STORE_UNREACHABLE",
      });
    }
    const abort = new DOMException("stop", "AbortError");
    expect(storeError(abort, "x")).toBe(abort);
  });
});

/** Modes of files do not bind root: until it is disposed, this process is somebody else. */
function withoutRootRights(): Disposable {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  return {
    [Symbol.dispose]: () => {
      if (root) process.seteuid?.(0);
    },
  };
}
