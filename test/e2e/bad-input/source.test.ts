import { describe, expect, test } from "vitest";
import { describePostgres } from "../../support/describe-postgres.ts";
import { connectClient, uniqueName } from "../../support/postgres-client.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { Shop } from "./shop.ts";

const PATIENCE_MS = 60_000;

function withLogin(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
}

describePostgres([18], (postgres) => {
  describe("a source that cannot be reached", () => {
    test.each([
      [
        "a wrong password",
        (url: string) => withLogin(url, "postgres", "wrong"),
        { exitCode: 8, code: "ACCESS_DENIED" },
        "password",
      ],
      [
        "a port where nobody listens",
        (url: string) => url.replace(/:\d+\//, ":1/"),
        { exitCode: 8, code: "SERVER_UNREACHABLE" },
        ":1/",
      ],
      [
        "a host that does not exist",
        (url: string) => url.replace(/@[^:/]+/, "@nowhere.invalid"),
        { exitCode: 8, code: "SERVER_UNREACHABLE" },
        "nowhere.invalid",
      ],
      [
        "a database that does not exist",
        (url: string) => url.replace(/\/[^/]+$/, "/nosuch"),
        { exitCode: 6, code: "NOT_FOUND" },
        "nosuch",
      ],
    ] as const)("%s is named, by prepare and by check", async (...row) => {
      const [, change, expected, names] = row;
      await using shop = await Shop.open(postgres.server);
      shop.url = change(shop.url);
      const refused = await shop.refused(["prepare", shop.source]);
      expect(refused).toMatchObject(expected);
      expect(refused.message).toContain(names);
      expect(refused.hint).not.toBe("");
      const check = await shop.cli(["check"]);
      expect(check.exitCode).toBe(4);
      expect(check.stdout).toContain(expected.code);
      expect(await shop.slotPosition()).toBeUndefined();
    });

    test("run waits for the right password, says why, and goes on with nothing lost", async () => {
      const { shop, service } = await Shop.running(postgres.server);
      await using _shop = shop;
      await service.stop();
      const before = await shop.requireState();
      const { url } = shop;
      shop.url = withLogin(url, "postgres", "wrong");
      const refused = await shop.run();
      await refused.says("ACCESS_DENIED");
      await refused.stop();
      expect((await shop.requireState()).entry).toEqual(before.entry);
      shop.url = url;
      await shop.order(2);
      await shop.run();
      await shop.expectNothingLost();
    });
  });

  describe("rights that are missing", () => {
    async function limited(shop: Shop, options: string): Promise<string> {
      const role = uniqueName("role");
      await shop.sql(
        `CREATE ROLE ${role} LOGIN PASSWORD 'pass' ${options};
         GRANT USAGE ON SCHEMA public TO ${role}; GRANT SELECT ON orders TO ${role};
         GRANT USAGE ON SCHEMA tidemark TO ${role};
         GRANT EXECUTE ON FUNCTION tidemark.record(text, text, text), tidemark.tidy() TO ${role}`,
      );
      shop.url = withLogin(shop.url, role, "pass");
      return role;
    }

    test("without REPLICATION run stops and check has the statement", async () => {
      await using shop = await Shop.open(postgres.server);
      await shop.succeed(["prepare", shop.source]);
      const role = await limited(shop, "");
      const check = await shop.cli(["check"]);
      expect(check.exitCode).toBe(4);
      expect(check.stdout).toContain("replication-right");
      expect(check.stdout).toContain("REPLICATION;");
      const service = await shop.run();
      expect(await service.end()).toBe(4);
      expect(service.log()).toContain("error RIGHT_MISSING");
      await shop.sql(`ALTER ROLE ${role} REPLICATION`);
      await shop.run();
      await shop.untilBase();
      await shop.order();
      await shop.expectNothingLost();
    });

    test("a table that cannot be read stops the base, which names it", async () => {
      await using shop = await Shop.open(postgres.server);
      await shop.succeed(["prepare", shop.source]);
      const role = await limited(shop, "REPLICATION");
      await shop.sql("CREATE TABLE secrets (id int PRIMARY KEY)");
      const check = await shop.cli(["check"]);
      expect(check.exitCode).toBe(4);
      expect(check.stdout).toContain("GRANT SELECT ON public.secrets");
      const service = await shop.run();
      await service.says("RIGHT_MISSING");
      await service.says("secrets");
      const refused = await shop.refused(["base", shop.source]);
      expect(refused).toMatchObject({ exitCode: 4, code: "RIGHT_MISSING" });
      expect(refused.message).toContain("secrets");
      expect((await shop.requireState()).bases).toEqual([]);
      await shop.sql(`GRANT SELECT ON secrets TO ${role}`);
      await shop.untilBase();
      await shop.order();
      await shop.expectNothingLost();
    });

    test("a policy that hides rows stops the base: it is never short of them", async () => {
      await using shop = await Shop.open(postgres.server);
      await shop.succeed(["prepare", shop.source]);
      const role = await limited(shop, "REPLICATION");
      await shop.sql(
        "ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON orders FOR SELECT USING (id < 10)",
      );
      const check = await shop.cli(["check"]);
      expect(check.exitCode).toBe(4);
      expect(check.stdout).toContain("BYPASSRLS");
      await shop.run();
      // The first base is the service's own try.
      await waitUntil(
        "an archive has begun",
        async () => ((await shop.state())?.epoch ?? 0) > 0,
        PATIENCE_MS,
      );
      const refused = await shop.refused(["base", shop.source]);
      expect(refused.exitCode).toBe(4);
      expect(refused.message).toContain("orders");
      expect((await shop.requireState()).bases).toEqual([]);
      await shop.sql(`ALTER ROLE ${role} BYPASSRLS`);
      await shop.untilBase();
      await shop.order();
      await shop.expectNothingLost();
    });

    test("a role that may not write Tidemark's own log is found by check", async () => {
      await using shop = await Shop.open(postgres.server);
      await shop.succeed(["prepare", shop.source]);
      const role = await limited(shop, "REPLICATION");
      await shop.sql(
        `REVOKE EXECUTE ON FUNCTION tidemark.record(text, text, text) FROM ${role}`,
      );
      const check = await shop.cli(["check"]);
      expect(check.exitCode).toBe(4);
      expect(check.stdout).toContain("GRANT EXECUTE ON FUNCTION");
      expect(check.stdout).toContain(role);
    });
  });

  describe("a slot that is not what it was", () => {
    async function stopsWith(shop: Shop, code: string): Promise<string> {
      const before = await shop.requireState();
      const service = await shop.run();
      expect(await service.end()).toBe(7);
      expect(service.log()).toContain(`error ${code}`);
      expect(service.log()).toContain("hint:");
      expect((await shop.requireState()).entry).toEqual(before.entry);
      return service.log();
    }

    async function stopped(): Promise<Shop> {
      const { shop, service } = await Shop.running(postgres.server);
      await service.stop();
      await shop.order(2);
      return shop;
    }

    /** The way on that the hint names, and what was archived before it. */
    async function beginsAnew(shop: Shop): Promise<void> {
      const { head } = await shop.requireState();
      await shop.succeed(
        [
          ...["restore", shop.source, "--at", `seq:${head.seq}`],
          ...["--into", "env:INTO_URL"],
        ],
        { INTO_URL: shop.server.url(uniqueName("old")) },
      );
    }

    test("dropped: history is lost, at the next start", async () => {
      await using shop = await stopped();
      await shop.sql(`SELECT pg_drop_replication_slot('${shop.slot}')`);
      const log = await stopsWith(shop, "HISTORY_LOST");
      expect(log).toContain(shop.slot);
      await beginsAnew(shop);
    });

    test("dropped and made again: never a silent skip", async () => {
      await using shop = await stopped();
      await shop.sql(`SELECT pg_drop_replication_slot('${shop.slot}')`);
      await shop.succeed(["prepare", shop.source]);
      const slot = await shop.slotPosition();
      await stopsWith(shop, "HISTORY_LOST");
      expect(await shop.slotPosition()).toBe(slot);
    });

    test("advanced by somebody else", async () => {
      await using shop = await stopped();
      await shop.sql(
        `SELECT pg_replication_slot_advance('${shop.slot}', pg_current_wal_lsn())`,
      );
      await stopsWith(shop, "HISTORY_LOST");
    });

    test("busy: run names who reads it, and goes on when it is free", async () => {
      await using shop = await stopped();
      const reader = await connectClient(shop.url, { replication: true });
      const { rows } = await reader.query<{ pid: number }>(
        "SELECT pg_backend_pid() AS pid",
      );
      const reading = reader
        .query(
          `START_REPLICATION SLOT ${shop.slot} LOGICAL 0/0 (proto_version '1', publication_names '${shop.slot}')`,
        )
        .catch(() => undefined);
      await using other = await shop.connect();
      await waitUntil("somebody reads the slot", async () => {
        const active = await other.query(
          "SELECT FROM pg_replication_slots WHERE slot_name = $1 AND active",
          [shop.slot],
        );
        return active.rowCount === 1;
      });
      const service = await shop.run();
      await service.says("SLOT_BUSY");
      await service.says(`PID ${rows[0]?.pid}`);
      expect(service.exitCode()).toBeUndefined();
      await other.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]);
      await reading;
      await reader.end().catch(() => undefined);
      await shop.expectNothingLost();
    });
  });

  test("a base while nobody archives says soon what it waits for", async () => {
    const { shop, service } = await Shop.running(postgres.server);
    await using _shop = shop;
    await service.stop();
    await shop.order();
    const { child, ended } = await shop.begin(["base", shop.source]);
    let said = "";
    child.stderr?.on("data", (bytes: Buffer) => (said += bytes.toString()));
    await waitUntil("it says so", () =>
      said.includes("is `tidemark run` at work?"),
    );
    child.kill("SIGINT");
    expect((await ended).exitCode ?? (await ended).signal).toBe(130);
  }, 120_000);

  test("another database under a known name is refused", async () => {
    const { shop, service } = await Shop.running(postgres.server);
    await using _shop = shop;
    await service.stop();
    const before = await shop.requireState();
    await using other = await Shop.open(postgres.server);
    const { url } = shop;
    shop.url = other.url;
    const refused = await shop.run();
    expect(await refused.end()).toBe(7);
    expect(refused.log()).toContain("error SOURCE_DIVERGED");
    expect(refused.log()).toContain("database");
    expect((await shop.requireState()).entry).toEqual(before.entry);
    shop.url = url;
    await shop.order();
    await shop.run();
    await shop.expectNothingLost();
  });
});
