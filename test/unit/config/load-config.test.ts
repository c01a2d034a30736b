import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failpointOf, loadConfig } from "../../../src/config/load-config.ts";
import { caught } from "../../support/caught.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

test("paths in a file are relative to the file, wherever it is read from", async () => {
  await using directory = await tempDirectory();
  const path = join(directory.path, "other.yaml");
  await writeFile(path, "archive: [{ directory: ../archive }]");
  const config = await loadConfig({ path, env: {} });
  expect(config.path).toBe(path);
  expect(config.archive).toEqual({
    directory: join(directory.path, "../archive"),
  });
  expect(config.journal).toEqual({
    directory: join(directory.path, "tidemark/journal"),
  });
});

test("a file that is not there is said to be so", async () => {
  const error = await caught(() =>
    loadConfig({ path: "/nowhere/tidemark.yaml", env: {} }),
  );
  expect(error).toMatchObject({
    code: "CONFIG",
    message: "there is no /nowhere/tidemark.yaml",
  });
  expect(error.hint).toContain("tidemark init");
});

test("a file that cannot be read is no missing file", async () => {
  await using directory = await tempDirectory();
  const error = await caught(() =>
    loadConfig({ path: directory.path, env: {} }),
  );
  expect(error.message).toBe(`cannot read ${directory.path}`);
});

describe("TIDEMARK_FAILPOINT", () => {
  test.each([
    [undefined, undefined],
    ["", undefined],
    ["archive.object-written", { name: "archive.object-written", hit: 1 }],
    ["journal.synced:3", { name: "journal.synced", hit: 3 }],
  ])("%j", (text, failpoint) => {
    expect(failpointOf({ TIDEMARK_FAILPOINT: text })).toEqual(failpoint);
  });

  test.each([":3", "a:", "a:0", "a:-1", "a:x", "A", "a b"])(
    "%j is refused",
    async (text) => {
      const error = await caught(() =>
        failpointOf({ TIDEMARK_FAILPOINT: text }),
      );
      expect(error.code).toBe("USAGE");
    },
  );
});
