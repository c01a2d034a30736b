import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCatalog } from "../../../src/archive/catalog.ts";
import { openDirectoryStore } from "../../../src/storage/directory/directory-store.ts";
import { captureCli } from "../../support/capture-cli.ts";
import { never } from "../../support/never.ts";
import { openSampleArchive } from "../../support/sample-archive.ts";
import { catalogOptions } from "../../support/sample-catalog.ts";
import { fillSampleOrders } from "../../support/sample-orders.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

async function sample() {
  const directory = await tempDirectory();
  await using store = await openDirectoryStore({ directory: directory.path });
  await using archive = await openSampleArchive(store);
  await fillSampleOrders(archive);
  const [segment] = archive.reading.state.segments;
  return {
    segment: join(directory.path, segment?.object.key ?? ""),
    path: directory.path,
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

async function verifiesOf(directory: string) {
  await using store = await openDirectoryStore({ directory });
  const catalog = await openCatalog(catalogOptions(store), never);
  return catalog.state.verifies;
}

async function verify(...argv: readonly string[]) {
  const { stdout, exitCode } = await captureCli([
    ...["verify", "orders", ...argv, "--json"],
  ]);
  return { document: JSON.parse(stdout) as unknown, exitCode };
}

test("a whole archive ends with 0, and the catalog remembers it", async () => {
  await using archive = await sample();
  const { document, exitCode } = await verify("--archive", archive.path);
  expect(exitCode).toBe(0);
  expect(document).toMatchObject({
    tidemark: 1,
    command: "verify",
    source: "orders",
    ok: true,
    seq: 7,
    segments: 3,
    bases: 1,
    findings: [],
    unnamed: { objects: 0, bytes: 0 },
    recorded: true,
  });
  expect(await verifiesOf(archive.path)).toMatchObject([
    { kind: "archive", seq: 7, ok: true },
  ]);
});

test("a password file that nothing reads is refused", async () => {
  for (const against of [[], ["--against", "source"]]) {
    const { exitCode, stdout } = await captureCli([
      ...["verify", "orders", "--archive", "/nowhere", "--json"],
      ...["--against-password-file", "/nowhere", ...against],
    ]);
    expect(exitCode).toBe(2);
    expect(stdout).toContain("--against-password-file has no effect");
  }
});

test("--no-record leaves the archive as it is", async () => {
  await using archive = await sample();
  const { document } = await verify("--archive", archive.path, "--no-record");
  expect(document).toMatchObject({ ok: true, recorded: false });
  expect(await verifiesOf(archive.path)).toEqual([]);
});

test("damage ends with 9, and says what needs the object", async () => {
  await using archive = await sample();
  const bytes = await readFile(archive.segment);
  await writeFile(archive.segment, bytes.subarray(1));
  const { document, exitCode } = await verify("--archive", archive.path);
  expect(exitCode).toBe(9);
  expect(document).toMatchObject({
    ok: false,
    findings: [
      {
        code: "ARCHIVE_DAMAGED",
        affects: { restores: { fromSeq: 1, throughSeq: 1 } },
      },
    ],
    recorded: true,
  });
  expect(await verifiesOf(archive.path)).toMatchObject([{ ok: false }]);
  const people = await captureCli([
    "verify",
    "orders",
    "--archive",
    archive.path,
  ]);
  expect(people.exitCode).toBe(9);
  expect(people.stdout).toContain("restores to seq 1…1 need it");
});

test("a damaged catalog is reported though nothing can be recorded in it", async () => {
  await using archive = await sample();
  const entry = join(archive.path, "orders/catalog/00000000000000000003.json");
  await writeFile(entry, "{");
  const { document, exitCode } = await verify("--archive", archive.path);
  expect(exitCode).toBe(9);
  expect(document).toMatchObject({ ok: false, recorded: false });
});

test.each([
  [["--at", "latest"], 2],
  [["--against", "source", "--at", "latest"], 2],
  [["--against", "postgres://u:SECRET@h/d", "--at", "latest"], 2],
])("%s is refused", async (options, exitCode) => {
  await using archive = await sample();
  const result = await verify("--archive", archive.path, ...options);
  expect(result.exitCode).toBe(exitCode);
  expect(JSON.stringify(result.document)).not.toContain("SECRET");
});
