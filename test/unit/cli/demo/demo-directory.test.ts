import { existsSync } from "node:fs";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDemoDirectory } from "../../../../src/cli/demo/demo-directory.ts";
import { tempDirectory } from "../../../support/temp-directory.ts";

test("a temporary one goes with its scope, and others may only pass through it", async () => {
  let path: string;
  {
    await using directory = await openDemoDirectory({ keep: false });
    ({ path } = directory);
    expect((await stat(path)).mode & 0o777).toBe(0o711);
    await writeFile(join(path, "something"), "");
  }
  expect(existsSync(path)).toBe(false);
});

test("one that was named goes too, with the parents that were made for it", async () => {
  await using parent = await tempDirectory();
  {
    const named = join(parent.path, "a", "b");
    await using directory = await openDemoDirectory({
      directory: named,
      keep: false,
    });
    expect(directory.path).toBe(named);
    await writeFile(join(named, "something"), "");
  }
  expect(await readdir(parent.path)).toEqual([]);
});

test("one that was there before stays, empty as it was", async () => {
  await using parent = await tempDirectory();
  {
    await using directory = await openDemoDirectory({
      directory: parent.path,
      keep: false,
    });
    await mkdir(join(directory.path, "folder"));
  }
  expect(await readdir(parent.path)).toEqual([]);
});

test("one that is to be kept is kept", async () => {
  await using parent = await tempDirectory();
  {
    await using directory = await openDemoDirectory({
      directory: join(parent.path, "kept"),
      keep: true,
    });
    await writeFile(join(directory.path, "something"), "");
  }
  expect(await readdir(join(parent.path, "kept"))).toEqual(["something"]);
});

test("one that is in use is refused and left alone", async () => {
  await using parent = await tempDirectory();
  await writeFile(join(parent.path, "letter.txt"), "mine");
  await expect(
    openDemoDirectory({ directory: parent.path, keep: false }),
  ).rejects.toMatchObject({ code: "PREFLIGHT" });
  expect(await readdir(parent.path)).toEqual(["letter.txt"]);
});
