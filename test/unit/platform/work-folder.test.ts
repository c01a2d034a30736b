import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { openWorkFolder } from "../../../src/platform/work-folder.ts";
import { killChild, startChild } from "../../support/child-process.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

/** A process that works in a folder below `parent`. */
async function worker(parent: string) {
  const { child, line } = await startChild("work-folder-child.ts", parent);
  return { child, path: line };
}

test("it is made, also below a folder that is not there yet, and goes with its scope", async () => {
  await using parent = await tempDirectory();
  const below = join(parent.path, "journal", "work");
  {
    await using work = await openWorkFolder(below);
    await using inner = await openWorkFolder(work.path);
    await mkdir(join(inner.path, "deep"));
    await writeFile(join(inner.path, "deep", "spool"), "rows");
    expect(await readdir(below)).toEqual([basename(work.path)]);
  }
  expect(await readdir(below)).toEqual([]);
});

test("that of a killed process goes, that of a living one and of ourselves stays", async () => {
  await using parent = await tempDirectory();
  await using own = await openWorkFolder(parent.path);
  const dead = await worker(parent.path);
  const living = await worker(parent.path);
  try {
    await killChild(dead.child);
    await using next = await openWorkFolder(parent.path);
    expect((await readdir(parent.path)).sort()).toEqual(
      [own.path, living.path, next.path].map((path) => basename(path)).sort(),
    );
    expect(await readFile(join(living.path, "spool"), "utf8")).toBe("rows");
  } finally {
    await killChild(living.child);
  }
});

test("what a process left that was killed before it had the lock, or while it removed, goes too; what is not ours stays", async () => {
  await using parent = await tempDirectory();
  const at = (name: string) => join(parent.path, name);
  await mkdir(at("tidemark-work-aaaaaa"));
  await mkdir(at("tidemark-dead-bbbbbb"));
  await writeFile(at("tidemark-dead-bbbbbb/spool"), "rows");
  await mkdir(at("elsewhere"));
  await symlink(at("elsewhere"), at("tidemark-work-cccccc"));
  await writeFile(at("tidemark-work-dddddd"), "no folder");
  await mkdir(at("tidemark-other-eeeeee"));
  await using work = await openWorkFolder(parent.path);
  expect((await readdir(parent.path)).sort()).toEqual(
    [
      basename(work.path),
      ...["elsewhere", "tidemark-other-eeeeee"],
      ...["tidemark-work-cccccc", "tidemark-work-dddddd"],
    ].sort(),
  );
  expect(await readdir(at("elsewhere"))).toEqual([]);
});

test("many at once never take each other's for dead", async () => {
  await using parent = await tempDirectory();
  const works = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const work = await openWorkFolder(parent.path);
      await writeFile(join(work.path, "spool"), `${n}`);
      return work;
    }),
  );
  for (const [n, work] of works.entries())
    expect(await readFile(join(work.path, "spool"), "utf8")).toBe(`${n}`);
  await Promise.all(works.map((work) => work[Symbol.asyncDispose]()));
  expect(await readdir(parent.path)).toEqual([]);
});
