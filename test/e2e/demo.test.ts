import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describePostgres } from "../support/describe-postgres.ts";
import { leftBehind } from "../support/left-behind.ts";
import { spawnCli } from "../support/spawn-cli.ts";
import { tempDirectory } from "../support/temp-directory.ts";
import { waitUntil } from "../support/wait-until.ts";

/** The default is meant for a test of one step; these are whole stories, on machines that are busy with others. */
const PATIENCE_MS = 180_000;
const SMALL = ["--users", "200", "--orders", "2000", "--seconds", "1"];

interface DemoDocument {
  readonly mistake: { readonly seq: number; readonly rows: number };
  readonly restored: {
    readonly equal: boolean;
    readonly tables: readonly {
      readonly table: string;
      readonly rows: number;
    }[];
    readonly statuses: readonly {
      readonly status: string;
      readonly before: number;
      readonly afterMistake: number;
      readonly restored: number;
    }[];
  };
  readonly steps: readonly {
    readonly step: string;
    readonly commands: readonly string[];
  }[];
}

/** A temporary folder of its own, through which the server's user may pass. */
async function openFolder() {
  const folder = await tempDirectory();
  await chmod(folder.path, 0o755);
  return folder;
}

describePostgres(
  [18],
  () => {
    test(
      "the demo finds the mistake, restores, proves it, and leaves nothing",
      async () => {
        await using folder = await openFolder();
        const demo = spawnCli(["demo", "--json", ...SMALL], {
          cwd: folder.path,
          env: { TMPDIR: folder.path },
        });
        const { exitCode, stdout, stderr } = await demo.ended;
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
        const document = JSON.parse(stdout) as DemoDocument;
        expect(document).toMatchObject({
          tidemark: 1,
          command: "demo",
          mistake: { user: "sam@shop.example" },
          restored: { equal: true },
        });
        const { mistake, restored, steps } = document;
        expect(mistake.rows).toBeGreaterThan(2000);
        const rows = new Map(restored.tables.map((each) => [each.table, each]));
        expect(rows.get("public.orders")?.rows).toBe(mistake.rows);
        for (const { status, before, restored: now } of restored.statuses)
          expect({ status, now }).toEqual({ status, now: before });
        const cancelled = restored.statuses.find(
          ({ status }) => status === "cancelled",
        );
        // It was a mistake, and it is undone: neither is equal to the other.
        expect(cancelled?.afterMistake).toBe(mistake.rows);
        expect(cancelled?.restored).toBeLessThan(mistake.rows);
        expect(steps.map(({ step }) => step)).toEqual([
          ...["shop", "history", "business", "mistake", "log"],
          ...["restore", "proof"],
        ]);
        expect(steps.at(-2)?.commands.join()).toContain(
          `--at before:${mistake.seq} `,
        );
        expect(await leftBehind(folder.path)).toEqual([]);
      },
      PATIENCE_MS,
    );

    /** A small demo in a folder, in the middle of it. */
    async function openDemo(folder: string) {
      const demo = spawnCli(["demo", ...SMALL], {
        cwd: folder,
        env: { TMPDIR: folder },
      });
      let told = "";
      demo.child.stdout?.on("data", (chunk) => (told += String(chunk)));
      await waitUntil("the service runs", () => told.includes("tidemark run"));
      expect(await leftBehind(folder)).not.toEqual([]);
      return demo;
    }

    test(
      "Ctrl-C in the middle of it leaves nothing either, nor of one that was killed before",
      async () => {
        await using folder = await openFolder();
        const killed = await openDemo(folder.path);
        killed.child.kill("SIGKILL");
        await killed.ended;
        // What it started ends without it.
        await waitUntil("its processes end", async () => {
          const left = await leftBehind(folder.path);
          return left.length === (await readdir(folder.path)).length;
        });
        const { child, ended } = await openDemo(folder.path);
        child.kill("SIGINT");
        expect(await ended).toMatchObject({ exitCode: 130 });
        expect(await leftBehind(folder.path)).toEqual([]);
      },
      PATIENCE_MS,
    );

    test(
      "with --keep the archive stays, and tells all without a server",
      async () => {
        await using folder = await openFolder();
        const shop = join(folder.path, "shop");
        const where = { cwd: folder.path, env: { TMPDIR: folder.path } };
        const demo = await spawnCli(
          ["demo", ...SMALL, "--keep", "--directory", shop],
          where,
        ).ended;
        expect(demo).toMatchObject({ exitCode: 0, stderr: "" });
        expect(await leftBehind(folder.path)).toEqual(["shop"]);
        const seq = /changed [\d,]+ rows/.test(demo.stdout)
          ? /Transaction (\d+) /.exec(demo.stdout)?.[1]
          : undefined;
        const log = await spawnCli(
          [
            ...["log", "orders", "--from", `seq:${seq}`, "--to", `seq:${seq}`],
            ...["--archive", join(shop, "tidemark/archive")],
          ],
          where,
        ).ended;
        expect(log.exitCode).toBe(0);
        expect(log.stdout).toContain("sam@shop.example");
      },
      PATIENCE_MS,
    );
  },
  { own: true },
);
