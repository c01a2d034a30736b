import { expect, test } from "vitest";
import { openS3Store } from "../../../../src/storage/s3/s3-store.ts";
import { never } from "../../../support/never.ts";

const body = { kind: "bytes", bytes: Buffer.from("x") } as const;

/** Nobody answers there: whatever is asked of it takes another error. */
function open() {
  const endpoint = "http://127.0.0.1:1";
  const patience = { tries: 1 };
  return openS3Store({ endpoint, bucket: "backups", patience });
}

test("refuses every key that is not plain segments, in every method, before it asks anything", async () => {
  await using store = await open();
  const code = { code: "INTERNAL" };
  const bad = [
    ...["", "/a", "a/", "a//b", ".", "..", "a/../../b", "a b", "é", "a\nb"],
    ...[".tmp/x", "x".repeat(256), `${"a/".repeat(600)}b`],
  ];
  for (const key of bad) {
    await expect(store.create(key, body, never)).rejects.toMatchObject(code);
    await expect(store.stat(key, never)).rejects.toMatchObject(code);
    await expect(store.delete(["ok", key], never)).rejects.toMatchObject(code);
    await expect(
      Array.fromAsync(store.read(key, undefined, never)),
    ).rejects.toMatchObject(code);
  }
  for (const prefix of ["../", "/", "a//", ".tmp/", "a/../b"]) {
    await expect(
      Array.fromAsync(store.list(prefix, undefined, never)),
      prefix,
    ).rejects.toMatchObject(code);
  }
});

test.each([
  [undefined, "s3://backups/"],
  ["tidemark", "s3://backups/tidemark/"],
  ["tidemark/eu/", "s3://backups/tidemark/eu/"],
])("below the prefix %s it is at %s", async (prefix, url) => {
  const endpoint = "http://127.0.0.1:1";
  await using store = await openS3Store({
    ...{ endpoint, bucket: "backups", prefix },
  });
  expect(store.url).toBe(url);
});
