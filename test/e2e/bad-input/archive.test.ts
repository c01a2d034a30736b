import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFile,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  unlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describePostgres } from "../../support/describe-postgres.ts";
import { missingService } from "../../support/missing-service.ts";
import { uniqueName } from "../../support/postgres-client.ts";
import { Shop, type Service } from "./shop.ts";

const run = promisify(execFile);

/** An object that a restore of the head reads. */
type Kind = "segment" | "part" | "manifest" | "definitions";
const KINDS: readonly Kind[] = ["segment", "part", "manifest", "definitions"];

async function objectPath(shop: Shop, kind: Kind): Promise<string> {
  const state = await shop.requireState();
  const base = state.bases.at(-1);
  if (base === undefined) throw new Error("no base");
  const key = {
    segment: () => state.segments.at(-1)?.object.key ?? "",
    manifest: () => base.manifest.key,
    definitions: () => base.definitions.key,
    part: () => "",
  }[kind]();
  if (kind !== "part") return join(shop.archive, key);
  const folder = join(shop.archive, base.manifest.key, "..");
  const files = await readdir(folder, { recursive: true });
  const part = files.find((file) => /^\d+.*\/.*zst$/.test(file));
  if (part === undefined) throw new Error(`no part in ${files.join(" ")}`);
  return join(folder, part);
}

/** Other bytes in the middle, as many as before. */
async function corrupt(path: string): Promise<void> {
  const bytes = await readFile(path);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  await replace(path, bytes);
}

/** Objects may be read-only. */
async function replace(path: string, bytes: Uint8Array): Promise<void> {
  await unlink(path);
  await writeFile(path, bytes);
}

const DAMAGES: Readonly<
  Record<string, (path: string, other: string) => Promise<void>>
> = {
  corrupted: corrupt,
  truncated: async (path) => {
    const bytes = await readFile(path);
    await replace(path, bytes.subarray(0, bytes.length >> 1));
  },
  missing: (path) => unlink(path),
  "swapped with another object": async (path, other) =>
    replace(path, await readFile(other)),
};

describePostgres([18], (postgres) => {
  describe("a damaged archive", () => {
    let shop: Shop;
    beforeAll(async () => {
      const running = await Shop.running(postgres.server);
      ({ shop } = running);
      await shop.sql("UPDATE orders SET status = 'paid' WHERE id < 50");
      await shop.untilArchived();
      await running.service.stop();
    });
    afterAll(() => shop[Symbol.asyncDispose]());

    const cases = KINDS.flatMap((kind) =>
      Object.keys(DAMAGES).map((how) => [kind, how] as const),
    );
    test.each(cases)(
      "a %s that is %s stops the restore, which never looks finished",
      async (kind, how) => {
        const path = await objectPath(shop, kind);
        const other = await objectPath(
          shop,
          kind === "segment" ? "manifest" : "segment",
        );
        const target = uniqueName("target");
        const restore = [
          ...["restore", shop.source, "--at", "latest"],
          ...["--into", "env:INTO_URL"],
        ];
        const env = { INTO_URL: shop.server.url(target) };
        const catalog = join(shop.archive, shop.source, "catalog");
        const entries = await readdir(catalog);
        const kept = join(shop.folder, "kept");
        await copyFile(path, kept);
        await DAMAGES[how]?.(path, other);
        const refused = await shop.refused(restore, env).finally(async () => {
          await rm(path, { force: true });
          await rename(kept, path);
        });
        expect(refused.exitCode).toBe(9);
        expect(["ARCHIVE_DAMAGED", "OBJECT_MISSING"]).toContain(refused.code);
        expect(refused.message).toContain(path.slice(shop.archive.length + 1));
        expect(refused.hint).not.toBe("");
        expect(await readdir(catalog)).toEqual(entries);
        if (await shop.databaseExists(target)) {
          // What an unfinished restore leaves says so.
          await using client = await shop.connect(target);
          const { rowCount } = await client.query(
            "SELECT FROM pg_namespace WHERE nspname = 'tidemark_restore'",
          );
          expect(rowCount).toBe(1);
        }
        // With the object back the same restore resumes and ends.
        await shop.succeed(restore, env);
        expect(await shop.rows(target)).toEqual(await shop.rows());
      },
    );

    test.each(Object.keys(DAMAGES))(
      "a catalog entry that is %s stops every command, and run writes nothing",
      async (how) => {
        const folder = join(shop.archive, shop.source, "catalog");
        const files = (await readdir(folder)).filter((name) =>
          name.endsWith(".json"),
        );
        const [name, other] = [files.at(-3), files.at(-4)];
        if (name === undefined || other === undefined)
          throw new Error("a short catalog");
        const path = join(folder, name);
        const kept = join(shop.folder, name);
        await copyFile(path, kept);
        await DAMAGES[how]?.(path, join(folder, other));
        try {
          for (const argv of [
            ["windows", shop.source],
            ["run"],
            ["base", shop.source],
          ]) {
            const refused = await shop.refused(argv);
            expect(refused.exitCode, argv[0]).toBe(9);
            expect(refused.code).toBe("CATALOG_DAMAGED");
            expect(refused.message).toContain("catalog/");
            expect(refused.hint).toContain("copy");
          }
        } finally {
          await rm(path, { force: true });
          await rename(kept, path);
        }
        expect(
          (await readdir(folder)).filter((file) => file.endsWith(".json")),
        ).toEqual(files);
        await shop.succeed(["windows", shop.source]);
      },
    );

    test("an archive of a newer format is refused, and says which version reads it", async () => {
      const folder = join(shop.archive, shop.source, "catalog");
      const files = (await readdir(folder))
        .filter((name) => name.endsWith(".json"))
        .sort();
      const last = files.at(-1) ?? "";
      const number = Number.parseInt(last, 10);
      const bytes = await readFile(join(folder, last));
      const entry = JSON.parse(bytes.toString("utf8")) as object;
      const newer = join(
        folder,
        `${String(number + 1).padStart(last.length - 5, "0")}.json`,
      );
      const previous = createHash("sha256").update(bytes).digest("hex");
      const changes = [
        { format: 2 },
        { act: "compaction" },
        { colour: "a field of later" },
      ];
      for (const change of changes) {
        await writeFile(
          newer,
          JSON.stringify({ ...entry, n: number + 1, previous, ...change }),
        );
        for (const argv of [["windows", shop.source], ["run"]]) {
          const refused = await shop.refused(argv);
          expect(refused, JSON.stringify(change)).toMatchObject({
            exitCode: 2,
            code: "FORMAT_TOO_NEW",
          });
          expect(refused.message).toContain(`${number + 1}.json`);
          expect(refused.hint).toContain("version");
        }
        const after = await readdir(folder);
        expect(after.filter((name) => name.endsWith(".json"))).toHaveLength(
          files.length + 1,
        );
        await rm(newer);
      }
      await shop.succeed(["windows", shop.source]);
    });

    test("goes on when all is mended, with nothing lost", async () => {
      const service = await shop.run();
      await shop.order(2);
      await shop.expectNothingLost();
      await service.stop();
    });
  });

  test("an archive that was set back is never numbered anew", async () => {
    const { shop, service } = await Shop.running(postgres.server);
    await using _shop = shop;
    const early = (await shop.requireState()).entry.n;
    for (let n = 0; n < 3; n++) {
      await shop.order(2);
      await shop.untilArchived();
    }
    await service.stop();
    const folder = join(shop.archive, shop.source, "catalog");
    const files = (await readdir(folder)).filter((name) =>
      name.endsWith(".json"),
    );
    for (const name of files) {
      if (Number.parseInt(name, 10) > early) await rm(join(folder, name));
    }
    const before = await shop.requireState();
    const slot = await shop.slotPosition();
    const again = await shop.run();
    expect(await again.end()).toBe(7);
    expect(again.log()).toContain("error HISTORY_LOST");
    expect(again.log()).toContain(slot);
    expect((await shop.requireState()).entry).toEqual(before.entry);
  });

  test("an archive that is not there any more is not begun a second time", async () => {
    const { shop, service } = await Shop.running(postgres.server);
    await using _shop = shop;
    await service.stop();
    await shop.order(2);
    const away = join(shop.folder, "away");
    await rename(shop.archive, away);
    const slot = await shop.slotPosition();
    const refused = await shop.run();
    expect(await refused.end()).toBe(6);
    expect(refused.log()).toContain("error NOT_FOUND");
    expect(refused.log()).toContain("mounted");
    expect(await shop.state()).toBeUndefined();
    expect(await shop.slotPosition()).toBe(slot);
    await rm(shop.archive, { recursive: true });
    await rename(away, shop.archive);
    await shop.run();
    await shop.expectNothingLost();
  });

  describe("a disk that is full", () => {
    async function smallDisk(path: string) {
      try {
        await run("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", path]);
      } catch {
        return undefined;
      }
      return {
        async [Symbol.asyncDispose]() {
          await run("umount", ["-l", path]);
        },
      };
    }

    test.for(["journal", "archive"] as const)(
      "under the %s is named and waited for; with room nothing is lost",
      { timeout: 120_000 },
      async (where, { skip }) => {
        await using shop = await Shop.open(postgres.server);
        const path = join(shop.folder, where);
        await run("mkdir", ["-p", path]);
        await using disk = await smallDisk(path);
        if (disk === undefined)
          return missingService("a tmpfs", "run as root on Linux", skip);
        await shop.succeed(["prepare", shop.source]);
        let service: Service = await shop.run();
        await shop.untilBase();
        await shop.order(2);
        const before = await shop.untilArchived();
        const ballast = join(path, "ballast");
        const { free } = await freeBytes(path);
        await writeFile(ballast, Buffer.alloc(Math.max(0, free - 200_000), 1));
        await shop.sql(
          "CREATE TABLE big (id int PRIMARY KEY, body text NOT NULL)",
        );
        for (let n = 0; n < 8; n++) {
          // Hexadecimal of hashes: hardly compressible.
          await shop.sql(
            `INSERT INTO big SELECT ${n} * 10000 + g, md5(g::text || '${n}') || md5('x' || g) FROM generate_series(1, 3000) g`,
          );
        }
        await service.says("DISK_FULL");
        await service.says(where);
        expect((await stat(ballast)).size).toBeGreaterThan(0);
        await truncate(ballast, 0);
        await run("mount", ["-o", "remount,size=64m", path]);
        if (service.exitCode() !== undefined) service = await shop.run();
        await shop.untilArchived();
        expect((await shop.requireState()).head.seq).toBeGreaterThan(
          before.head.seq,
        );
        await shop.order();
        await shop.expectNothingLost();
        await service.stop();
      },
    );
  });
});

async function freeBytes(path: string): Promise<{ readonly free: number }> {
  const { statfs } = await import("node:fs/promises");
  const { bavail, bsize } = await statfs(path);
  return { free: bavail * bsize };
}
