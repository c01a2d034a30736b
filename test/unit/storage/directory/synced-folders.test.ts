import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { SyncedFolders } from "../../../../src/storage/directory/synced-folders.ts";
import { tempDirectory } from "../../../support/temp-directory.ts";

async function syncedBy(root: string, segments: readonly string[]) {
  const synced: string[] = [];
  const folders = new SyncedFolders(root, async (path) => {
    await Promise.resolve();
    synced.push(path);
  });
  await folders.ensure(segments);
  const first = [...synced];
  await folders.ensure(segments);
  expect(synced).toEqual(first);
  return first;
}

test("every name down to a new folder is synced, each once by a process", async () => {
  await using temp = await tempDirectory();
  const root = join(temp.path, "new", "archive");
  const synced = await syncedBy(root, ["orders", "catalog"]);
  expect(synced).toEqual(
    expect.arrayContaining([
      ...[temp.path, dirname(root), root, join(root, "orders")],
    ]),
  );
});

test("names that exist are synced too: who made them may have died before it could", async () => {
  await using temp = await tempDirectory();
  const root = join(temp.path, "new", "archive");
  await mkdir(join(root, "orders"), { recursive: true });
  const synced = await syncedBy(root, ["orders"]);
  expect(synced).toEqual(
    expect.arrayContaining([...[temp.path, dirname(root), root]]),
  );
});
