import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describePostgres } from "../../support/describe-postgres.ts";
import { uniqueName } from "../../support/postgres-client.ts";
import { Shop } from "./shop.ts";

const ROW_LEVEL = `CREATE TABLE secrets (id int PRIMARY KEY);
  ALTER TABLE secrets ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON secrets USING (id < 10);
  INSERT INTO secrets SELECT generate_series(1, 20)`;
const SERIAL = `CREATE SCHEMA stock; CREATE TABLE stock.items (id serial PRIMARY KEY);
  INSERT INTO stock.items DEFAULT VALUES`;

/** What docs/permissions.md says of a source, each with the finding that `check` has for its lack. */
const RIGHTS = [
  ["REPLICATION", "replication-right"],
  ["BYPASSRLS", "row-security"],
  ["USAGE ON SCHEMA stock", "select-right"],
  ["SELECT ON public.orders", "select-right"],
  ["SELECT ON public.secrets", "select-right"],
  ["SELECT ON stock.items", "select-right"],
  ["SELECT ON SEQUENCE stock.items_id_seq", "select-right"],
  ["USAGE ON SCHEMA tidemark", "log-right"],
  ["EXECUTE ON FUNCTION tidemark.record(text, text, text)", "log-right"],
  ["EXECUTE ON FUNCTION tidemark.tidy()", "log-right"],
] as const;

const PATIENT = { timeout: 180_000 };

/** docs/permissions.md: the rights that it names are enough, and none of them is too many. */
describePostgres([14, 15, 16, 17, 18], (postgres) => {
  let shop: Shop;
  let superuser: string;
  beforeAll(async () => {
    shop = await Shop.open(postgres.server);
    superuser = shop.url;
    await shop.sql(`${ROW_LEVEL}; ${SERIAL}`);
  }, PATIENT.timeout);
  afterAll(() => shop[Symbol.asyncDispose]());

  async function makeRole(attributes = ""): Promise<string> {
    const role = uniqueName("role");
    await shop.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'pass' ${attributes}`);
    return role;
  }

  async function grant(role: string, right: string): Promise<void> {
    await shop.sql(
      right.includes(" ON ")
        ? `GRANT ${right} TO ${role}`
        : `ALTER ROLE ${role} ${right}`,
    );
  }

  async function revoke(role: string, right: string): Promise<void> {
    await shop.sql(
      right.includes(" ON ")
        ? `REVOKE ${right} FROM ${role}`
        : `ALTER ROLE ${role} NO${right}`,
    );
  }

  function urlOf(role: string, database = shop.database): string {
    const url = new URL(shop.server.url(database));
    url.username = role;
    url.password = "pass";
    return url.href;
  }

  test(
    "check and a dry run need a login, prepare and forget a superuser",
    PATIENT,
    async () => {
      shop.url = urlOf(await makeRole());
      const check = await shop.cli(["check"]);
      expect(check.exitCode).toBe(4);
      expect(check.stdout).toContain('"superuser"');
      await shop.succeed(["prepare", shop.source, "--dry-run"]);
      const refused = await shop.refused(["prepare", shop.source]);
      expect(refused).toMatchObject({ exitCode: 4, code: "RIGHT_MISSING" });
      expect(await shop.slotPosition()).toBeUndefined();
      shop.url = superuser;
      await shop.succeed(["prepare", shop.source]);
      // It may drop the slot, and nothing else.
      shop.url = urlOf(await makeRole("REPLICATION"));
      const kept = await shop.refused(["forget", shop.source, "--yes"]);
      expect(kept).toMatchObject({ exitCode: 4, code: "RIGHT_MISSING" });
      expect(await shop.slotPosition()).toBeDefined();
    },
  );

  test(
    "mark needs USAGE of the schema and its two functions",
    PATIENT,
    async () => {
      const role = await makeRole();
      shop.url = urlOf(role);
      const rights = RIGHTS.flatMap(([right, finding]) =>
        finding === "log-right" ? [right] : [],
      );
      for (const right of rights) await grant(role, right);
      // Nobody archives it, which is another thing than having no right to write it.
      const written = await shop.cli(["mark", "here"]);
      expect(written.exitCode, written.stderr).toBe(10);
      for (const right of rights) {
        await revoke(role, right);
        const refused = await shop.refused(["mark", "here"]);
        expect(refused, right).toMatchObject({ code: "RIGHT_MISSING" });
        await grant(role, right);
      }
    },
  );

  describe("run, base and verify --against source", () => {
    test(
      "need what the page says, and run captures without the rights of a base",
      PATIENT,
      async () => {
        const role = await makeRole();
        shop.url = urlOf(role);
        for (const [right, finding] of RIGHTS)
          if (finding === "log-right") await grant(role, right);
        await grant(role, "REPLICATION");
        const service = await shop.run();
        await service.says("RIGHT_MISSING");
        await shop.order(2);
        await shop.untilArchived();
        expect((await shop.requireState()).bases).toEqual([]);
        for (const [right] of RIGHTS) await grant(role, right);
        await shop.untilBase();
        const check = await shop.cli(["check"]);
        // A server may still have something to be warned of.
        expect([0, 3], check.stdout).toContain(check.exitCode);
        await shop.succeed(["base", shop.source]);
        await shop.succeed(["verify", shop.source, "--against", "source"]);
      },
    );

    test.each(RIGHTS)(
      "a base needs %s, and check finds that it is missing",
      PATIENT,
      async (right, finding) => {
        const role = await makeRole();
        shop.url = urlOf(role);
        for (const [each] of RIGHTS)
          if (each !== right) await grant(role, each);
        const check = await shop.cli(["check"]);
        expect(check.exitCode).toBe(4);
        const { findings } = JSON.parse(check.stdout) as {
          findings: { severity: string; code: string; mend: string }[];
        };
        const errors = findings.filter(({ severity }) => severity === "error");
        expect(new Set(errors.map(({ code }) => code))).toEqual(
          new Set([finding]),
        );
        // A base writes there only if the archive is not past its copies already; `mark` always does.
        if (finding !== "log-right") {
          const refused = await shop.refused(["base", shop.source]);
          expect(refused).toMatchObject({ exitCode: 4, code: "RIGHT_MISSING" });
        }
        // What check says is what mends it.
        for (const { mend } of errors) await shop.sql(mend);
        await shop.succeed(["base", shop.source]);
      },
    );
  });

  describe("a target", () => {
    test(
      "is made by a role with CREATEDB, or is an empty database of the role's own",
      PATIENT,
      async () => {
        const restore = (role: string, database: string) =>
          [
            [
              ...["restore", shop.source, "--archive", shop.archive],
              ...["--at", "latest", "--into", "env:INTO_URL"],
            ],
            { INTO_URL: urlOf(role, database) },
          ] as const;
        const made = uniqueName("made");
        const owned = uniqueName("owned");
        const foreign = uniqueName("foreign");
        await shop.succeed(...restore(await makeRole("CREATEDB"), made));
        const owner = await makeRole();
        await shop.sql(
          `CREATE DATABASE ${owned} OWNER ${owner} TEMPLATE template0`,
        );
        await shop.sql(`CREATE DATABASE ${foreign} TEMPLATE template0`);
        await shop.succeed(...restore(owner, owned));
        expect(await shop.rows(owned)).toEqual(await shop.rows());
        const refused = await shop.refused(...restore(owner, foreign));
        expect(refused).toMatchObject({ exitCode: 4, code: "RIGHT_MISSING" });
      },
    );

    test(
      "is read by a role that may read its tables past their policies",
      PATIENT,
      async () => {
        const target = uniqueName("restored");
        const at = ["--at", `seq:${(await shop.untilArchived()).head.seq}`];
        await shop.succeed(
          ["restore", shop.source, ...at, "--into", "env:INTO_URL"],
          { INTO_URL: shop.server.url(target) },
        );
        const role = await makeRole();
        const argv = [
          ...["verify", shop.source, "--archive", shop.archive, ...at],
          ...["--against", "env:TARGET_URL"],
        ];
        const env = { TARGET_URL: urlOf(role, target) };
        const rights = [
          "GRANT USAGE ON SCHEMA stock TO",
          "GRANT SELECT ON public.orders, public.secrets, stock.items TO",
          "ALTER ROLE",
        ];
        for (const right of rights) {
          const refused = await shop.refused(argv, env);
          expect(refused, right).toMatchObject({ code: "RIGHT_MISSING" });
          await shop.sql(
            `${right} ${role}${right === "ALTER ROLE" ? " BYPASSRLS" : ""}`,
            target,
          );
        }
        await shop.succeed(argv, env);
      },
    );
  });
});
