import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openDirectoryStore } from "../../../src/storage/directory/directory-store.ts";
import { captureCli } from "../../support/capture-cli.ts";
import { openSampleArchive, sampleTime } from "../../support/sample-archive.ts";
import { fillSampleOrders } from "../../support/sample-orders.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

async function sample() {
  const directory = await tempDirectory();
  await using store = await openDirectoryStore({ directory: directory.path });
  await using archive = await openSampleArchive(store);
  await fillSampleOrders(archive);
  return directory;
}

async function json(...argv: readonly string[]) {
  const { stdout, exitCode } = await captureCli([...argv, "--json"]);
  const documents = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { documents, document: documents[0], exitCode };
}

describe("windows", () => {
  test("lists stretches, what is missing, bases and markers", async () => {
    await using directory = await sample();
    const { document, exitCode } = await json(
      ...["windows", "orders", "--archive", directory.path],
    );
    expect(exitCode).toBe(0);
    expect(document).toMatchObject({
      tidemark: 1,
      command: "windows",
      source: "orders",
      range: { fromSeq: 0, throughSeq: 7, through: sampleTime(7) },
      earliest: { seq: 2, at: sampleTime(2) },
      latest: { seq: 5, at: sampleTime(5) },
      windows: [
        {
          fromSeq: 2,
          throughSeq: 5,
          from: sampleTime(2),
          through: sampleTime(5),
        },
      ],
      gaps: [
        { fromSeq: 0, throughSeq: 1, from: null },
        { fromSeq: 6, throughSeq: 7, missing: ["the definitions"] },
      ],
      sourceGaps: [],
      bases: [{ base: "base1", seq: { min: 2, max: 2 }, tables: 2, rows: 4 }],
      markers: [{ name: "before-release", seq: 3, at: sampleTime(3) }],
    });
  });

  test("says the same to people", async () => {
    await using directory = await sample();
    const { stdout } = await captureCli([
      ...["windows", "orders", "--archive", directory.path],
    ]);
    expect(stdout).toContain(`earliest  seq 2, ${sampleTime(2)}`);
    expect(stdout).toMatch(/before-release +3 +2026/);
    expect(stdout).toMatch(/6 +7 .* the definitions$/m);
  });

  test("of a source that is not there names those that are", async () => {
    await using directory = await sample();
    const { document, exitCode } = await json(
      ...["windows", "users", "--archive", directory.path],
    );
    expect(exitCode).toBe(6);
    expect(document).toMatchObject({ error: { code: "NOT_FOUND" } });
  });
});

describe("log", () => {
  test("writes a line for each transaction and an end line", async () => {
    await using directory = await sample();
    const { documents, exitCode } = await json(
      ...["log", "orders", "--archive", directory.path, "--from", "seq:4"],
    );
    expect(exitCode).toBe(0);
    expect(documents).toEqual([
      {
        seq: 4,
        xid: "1004",
        position: "0/1000400",
        committedAt: sampleTime(4),
        rawCommittedAt: sampleTime(4),
        rows: 3,
        tables: [
          {
            table: "public.orders",
            inserts: 0,
            updates: 3,
            deletes: 0,
            truncates: 0,
          },
        ],
        events: [
          {
            kind: "context",
            name: "tidemark.context",
            body: { user: "alice" },
          },
        ],
      },
      expect.objectContaining({ seq: 6 }),
      expect.objectContaining({ seq: 7 }),
      {
        tidemark: 1,
        command: "log",
        end: true,
        records: 3,
        source: "orders",
        fromSeq: 4,
        throughSeq: 7,
        transactions: 3,
      },
    ]);
  });

  test("lets a person see a large change at a glance", async () => {
    await using directory = await sample();
    const { stdout } = await captureCli([
      ...["log", "orders", "--archive", directory.path, "--changes"],
    ]);
    expect(stdout).toContain(
      `4  ${sampleTime(4)}            3  UPDATE 3 public.orders  by user=alice`,
    );
    expect(stdout).toContain("ALTER TABLE public.items");
    expect(stdout).toContain('UPDATE public.orders (id="1", note="x")');
    expect(stdout).toContain("6 transactions, of seq 1…7\n");
  });

  test("with --key and --changes tells what became of one row", async () => {
    await using directory = await sample();
    const { documents } = await json(
      ...["log", "orders", "--archive", directory.path],
      ...["--table", "public.orders", "--key", "3", "--changes"],
    );
    expect(documents.map(({ seq, change }) => [seq, change])).toEqual([
      [2, undefined],
      [2, "insert"],
      [4, undefined],
      [4, "update"],
      [7, undefined],
      [7, "delete"],
      [undefined, undefined],
    ]);
  });

  test.each([
    [["--key", "3"], 2, "USAGE"],
    [["--table", "public.orderz"], 6, "NOT_FOUND"],
    [["--table", "public.orders", "--key", "idd=3"], 6, "NOT_FOUND"],
    [["--limit", "0"], 2, "USAGE"],
    [["--to", "2099-01-01T00:00:00Z"], 7, "POINT_UNREACHABLE"],
  ])("%s ends without an end line", async (options, exitCode, code) => {
    await using directory = await sample();
    const result = await json(
      ...["log", "orders", "--archive", directory.path, ...options],
    );
    expect(result.exitCode).toBe(exitCode);
    expect(result.documents.at(-1)).toMatchObject({ error: { code } });
    expect(result.documents.every((each) => !("end" in each))).toBe(true);
  });
});

describe("sources", () => {
  test("lists every source with what is kept of it", async () => {
    await using directory = await sample();
    const { document, exitCode } = await json(
      ...["sources", "--archive", directory.path],
    );
    expect(exitCode).toBe(0);
    expect(document).toMatchObject({
      sources: [
        {
          source: "orders",
          engine: "postgres",
          version: "18.4",
          systemIdentifier: "7421000000000000001",
          seq: { from: 0, through: 7 },
          from: sampleTime(1),
          through: sampleTime(7),
          segments: 3,
          bases: 1,
        },
      ],
    });
  });

  test("one that is damaged is named and hides no other", async () => {
    await using directory = await sample();
    // Names around "orders" in byte order, one of them a beginning of the other.
    for (const name of ["order", "orders-old", "orders0", "x"]) {
      await mkdir(join(directory.path, name, "segments"), { recursive: true });
      await writeFile(join(directory.path, name, "segments", "left.avro"), "");
    }
    // Left by a probe of the store that was killed.
    await mkdir(join(directory.path, "probe", "nonce"), { recursive: true });
    await writeFile(join(directory.path, "probe", "nonce", "0001"), "");
    const { document, exitCode } = await json(
      ...["sources", "--archive", directory.path],
    );
    expect(exitCode).toBe(9);
    const { sources } = document as {
      sources: readonly { source: string; error?: { code: string } }[];
    };
    expect(sources.map(({ source, error }) => [source, error?.code])).toEqual([
      ["order", "CATALOG_DAMAGED"],
      ["orders-old", "CATALOG_DAMAGED"],
      ["orders", undefined],
      ["orders0", "CATALOG_DAMAGED"],
      ["x", "CATALOG_DAMAGED"],
    ]);
  });

  test("a place without an archive is no answer: a wrong path, or a disk that is not mounted", async () => {
    await using directory = await sample();
    await rm(directory.path, { recursive: true });
    const listed = () => json("sources", "--archive", directory.path);
    const refused = { exitCode: 6, document: { error: { code: "NOT_FOUND" } } };
    expect(await listed()).toMatchObject(refused);
    await mkdir(directory.path);
    expect(await listed()).toMatchObject(refused);
    // The folder around it, say, with the journal beside.
    for (const name of ["archive/orders/catalog", "journal/orders"]) {
      await mkdir(join(directory.path, name), { recursive: true });
      await writeFile(join(directory.path, name, "a-file"), "");
    }
    expect(await listed()).toMatchObject(refused);
  });
});
