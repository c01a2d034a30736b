import { chmod, cp, lchown, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describePostgres } from "../../support/describe-postgres.ts";
import { startPostgres } from "../../support/postgres.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { Shop } from "./shop.ts";

/** What only a whole server can do to a source. */
describePostgres(
  [18],
  () => {
    test("wal_level = replica is named by check and prepare, and stops run", async () => {
      await using server = await startPostgres(18, {
        settings: { wal_level: "replica" },
      });
      await using shop = await Shop.open(server);
      const check = await shop.cli(["check"]);
      expect(check.exitCode).toBe(4);
      expect(check.stdout).toContain("ALTER SYSTEM SET wal_level = 'logical'");
      const prepare = await shop.refused(["prepare", shop.source]);
      expect(prepare).toMatchObject({ exitCode: 4, code: "PREFLIGHT" });
      expect(prepare.message).toContain("wal_level");
      expect(prepare.hint).toContain("restart");
      await using client = await shop.connect();
      const { rowCount } = await client.query(
        "SELECT FROM pg_namespace WHERE nspname = 'tidemark'",
      );
      expect(rowCount).toBe(0);
      const service = await shop.run();
      expect(await service.end()).toBe(4);
      expect(service.log()).toContain("error SOURCE_NOT_PREPARED");
      expect(await shop.state()).toBeUndefined();
    });

    test("a slot that the server gave up is a history that is lost", async () => {
      await using server = await startPostgres(18, {
        settings: {
          max_slot_wal_keep_size: "1MB",
          min_wal_size: "32MB",
          max_wal_size: "32MB",
        },
      });
      const { shop, service } = await Shop.running(server);
      await using _shop = shop;
      await service.stop();
      const before = await shop.requireState();
      await shop.sql("CREATE TABLE churn (body text)");
      await using client = await shop.connect();
      await waitUntil(
        "the slot is invalid",
        async () => {
          await client.query(
            "INSERT INTO churn SELECT repeat(md5(g::text), 20) FROM generate_series(1, 20000) g",
          );
          await client.query("SELECT pg_switch_wal()");
          await client.query("CHECKPOINT");
          const { rows } = await client.query<{ status: string }>(
            "SELECT wal_status AS status FROM pg_replication_slots WHERE slot_name = $1",
            [shop.slot],
          );
          return rows[0]?.status === "lost";
        },
        60_000,
      );
      const check = await shop.cli(["check"]);
      expect(check.exitCode).toBe(4);
      expect(check.stdout).toContain("slot-lost");
      for (const command of [
        ["prepare", shop.source],
        ["mark", "here"],
      ]) {
        const refused = await shop.refused(command);
        expect(refused).toMatchObject({ exitCode: 7, code: "HISTORY_LOST" });
        expect(refused.hint).toContain("another name");
      }
      const again = await shop.run();
      expect(await again.end()).toBe(7);
      expect(again.log()).toContain("error HISTORY_LOST");
      expect(again.log()).toContain("stays restorable");
      expect((await shop.requireState()).entry).toEqual(before.entry);
    });

    test("a server that goes away is waited for, and nothing is lost", async () => {
      await using server = await startPostgres(18);
      const { shop, service } = await Shop.running(server);
      await using _shop = shop;
      await server.kill();
      await service.says("SERVER_UNREACHABLE");
      expect(service.exitCode()).toBeUndefined();
      await server.start();
      await shop.order(3);
      await shop.expectNothingLost();
    });

    test("a source that was set back to an older copy has diverged", async () => {
      await using server = await startPostgres(18);
      const { shop, service } = await Shop.running(server);
      await using _shop = shop;
      await service.stop();
      await server.stop();
      const copy = `${server.dataDirectory}-copy`;
      const newer = `${server.dataDirectory}-newer`;
      await cp(server.dataDirectory, copy, {
        recursive: true,
        preserveTimestamps: true,
      });
      await giveTo(server.dataDirectory, copy);
      await server.start();
      const later = await shop.run();
      await shop.order(5);
      await shop.untilArchived();
      await later.stop();
      const before = await shop.requireState();

      await server.stop();
      await rename(server.dataDirectory, newer);
      await rename(copy, server.dataDirectory);
      await server.start();
      const behind = await shop.run();
      expect(await behind.end()).toBe(7);
      expect(behind.log()).toContain("error SOURCE_DIVERGED");
      expect(behind.log()).toContain("older copy");
      expect((await shop.requireState()).entry).toEqual(before.entry);

      // Past the archive's head, with other transactions: told by their content.
      await shop.sql("DELETE FROM orders WHERE id > 50");
      await shop.sql(
        "INSERT INTO orders SELECT n, md5(n::text) FROM generate_series(5000, 30000) n",
      );
      const past = await shop.run();
      expect(await past.end()).toBe(7);
      expect(past.log()).toContain("error SOURCE_DIVERGED");
      expect((await shop.requireState()).head).toEqual(before.head);

      await server.stop();
      await rm(server.dataDirectory, { recursive: true });
      await rename(newer, server.dataDirectory);
      await server.start();
      await shop.order(2);
      await shop.run();
      await shop.expectNothingLost();
    }, 180_000);
  },
  { own: true },
);

/** The server's user is not the one who copied. */
async function giveTo(like: string, path: string): Promise<void> {
  const { uid, gid } = await stat(like);
  await chmod(path, 0o700);
  await lchown(path, uid, gid);
  for (const name of await readdir(path, { recursive: true }))
    await lchown(join(path, name), uid, gid);
}
