import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEmbeddedPostgres } from "../../../src/cli/demo/embedded-postgres.ts";
import { embeddedPostgresDirectory } from "../../../src/cli/demo/postgres-binaries.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { connectClient } from "../../support/postgres-client.ts";
import { waitUntil } from "../../support/wait-until.ts";

const timeout = () => AbortSignal.timeout(60_000);

describePostgres(
  [18],
  () => {
    let root: string;
    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), "tidemark-embedded-"));
      await chmod(root, 0o755);
    });
    afterAll(() => rm(root, { recursive: true, force: true }));

    test("goes on in the directory of an earlier call, with its password", async () => {
      const dataDirectory = join(root, "twice");
      let password: string;
      {
        await using server = await openEmbeddedPostgres(
          { dataDirectory },
          timeout(),
        );
        password = server.password;
        await using client = await connectClient(server.url("postgres"));
        await client.query("CREATE TABLE kept AS SELECT 7 AS id");
      }
      await using server = await openEmbeddedPostgres(
        { dataDirectory },
        timeout(),
      );
      expect(server.password).toBe(password);
      await using client = await connectClient(server.url("postgres"));
      const { rows } = await client.query("SELECT id FROM kept");
      expect(rows).toEqual([{ id: 7 }]);
    });

    test("lets nobody in without the password", async () => {
      await using server = await openEmbeddedPostgres(
        { dataDirectory: join(root, "closed") },
        timeout(),
      );
      const url = new URL(server.url("postgres"));
      url.password = "guess";
      await expect(connectClient(url.href)).rejects.toMatchObject({
        code: "28P01",
      });
      // The data directory is where its socket is, too.
      expect((await stat(server.dataDirectory)).mode & 0o077).toBe(0);
    });

    test("makes the links that npm's scripts would have made", async () => {
      const native = join(root, "package", "native");
      await cp(embeddedPostgresDirectory(), native, {
        recursive: true,
        verbatimSymlinks: true,
      });
      const lib = await readdir(join(native, "lib"), { withFileTypes: true });
      const links = lib.filter((entry) => entry.isSymbolicLink());
      expect(links).not.toHaveLength(0);
      for (const { name } of links) await rm(join(native, "lib", name));

      await using server = await openEmbeddedPostgres(
        { dataDirectory: join(root, "linked"), binaries: native },
        timeout(),
      );
      expect(server.isRunning).toBe(true);
      for (const { name } of links) await stat(join(native, "lib", name));
    });

    test.each(["SIGKILL", "exception"])(
      "leaves no server behind when its parent dies by %s",
      async (death) => {
        const dataDirectory = join(root, death);
        await abandonServer(dataDirectory, death);
        // It removes this file as the last thing it does.
        const lock = join(dataDirectory, "postmaster.pid");
        await waitUntil("the server is gone", () => !existsSync(lock));
      },
    );

    test("refuses a directory of somebody else's, and leaves it alone", async () => {
      const dataDirectory = join(root, "taken");
      await mkdir(dataDirectory);
      await writeFile(join(dataDirectory, "letter.txt"), "mine");
      const before = await stat(dataDirectory);
      await expect(
        openEmbeddedPostgres({ dataDirectory }, timeout()),
      ).rejects.toMatchObject({ code: "PREFLIGHT" });
      expect(await readdir(dataDirectory)).toEqual(["letter.txt"]);
      const { uid, mode } = await stat(dataDirectory);
      expect({ uid, mode }).toEqual({ uid: before.uid, mode: before.mode });
    });

    test.runIf(process.getuid?.() === 0)(
      "names the folder through which its user may not pass",
      async () => {
        const closed = await mkdtemp(join(root, "closed-"));
        await expect(
          openEmbeddedPostgres(
            { dataDirectory: join(closed, "data") },
            timeout(),
          ),
        ).rejects.toMatchObject({
          code: "PREFLIGHT",
          message: expect.stringContaining(closed) as string,
        });
      },
    );
  },
  { own: true },
);

/** Resolves when a server runs there and the process that started it has died. */
function abandonServer(dataDirectory: string, death: string): Promise<void> {
  const script = join(import.meta.dirname, "abandon-server.ts");
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [script, dataDirectory, death],
      (error, stdout, stderr) => {
        if (error !== null && Number(stdout) > 0) resolve();
        else reject(new Error(`did not start: ${stderr}`));
      },
    );
  });
}
