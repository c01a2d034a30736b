import { expect, test } from "vitest";
import { sourceObjects } from "../../../src/engine/postgres/names.ts";
import { caught } from "../../support/caught.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import {
  prepareDatabase,
  type PreparedDatabase,
} from "../../support/postgres-source.ts";

const VIRTUAL = "twice int GENERATED ALWAYS AS (a * 2) VIRTUAL";
const SETTINGS = [
  ["publish", "publish = 'insert'"],
  ["publish_via_partition_root", "publish_via_partition_root = true"],
];

describePostgres([14, 18], (postgres) => {
  test("a setting of the publication that was altered is named, and prepare puts it right", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE TABLE t (id int PRIMARY KEY)",
    });
    const { publication } = sourceObjects(prepared.source);
    const settings =
      postgres.major < 18
        ? SETTINGS
        : [
            ...SETTINGS,
            ["publish_generated_columns", "publish_generated_columns = none"],
          ];
    for (const [name, setting] of settings) {
      await prepared.run(`ALTER PUBLICATION ${publication} SET (${setting})`);
      const altered = { code: "publication-changed" };
      const message = `publication ${publication} was altered (${name}): it does not send every change as it is`;
      expect(await errors(prepared)).toMatchObject([{ ...altered, message }]);
      const { problems } = await prepared.admin.preparation(never);
      expect(problems).toMatchObject([{ ...altered, message }]);
      await prepareAgain(prepared);
      expect(await errors(prepared)).toEqual([]);
    }
  });
});

describePostgres([17, 18], (postgres) => {
  test("a setting that silences event triggers is named, and shows in the mark", async () => {
    await using prepared = await prepareDatabase(postgres.server);
    const { mark } = await prepared.admin.preparation(never);
    await prepared.ask(
      `ALTER DATABASE ${prepared.database} SET event_triggers = off`,
    );
    const silenced = await prepared.admin.preparation(never);
    expect(silenced.problems).toMatchObject([{ code: "event-triggers-off" }]);
    expect(silenced.mark).not.toBe(mark);
    await prepared.ask(
      `ALTER DATABASE ${prepared.database} RESET event_triggers`,
    );
    expect(await prepared.admin.preparation(never)).toEqual({
      mark,
      problems: [],
    });
  });
});

describePostgres([18], (postgres) => {
  test("a source with a virtual column in a table without a key is refused, and says what mends it", async () => {
    await using prepared = await prepareDatabase(postgres.server);
    const { admin } = prepared;
    const { steps } = await admin.planForget(never);
    await admin.prepare({ steps }, never);
    await prepared.run(
      `CREATE TABLE "Keyless" (a int, twice int GENERATED ALWAYS AS (a * 2) VIRTUAL);
       CREATE TABLE whole (a int PRIMARY KEY, twice int GENERATED ALWAYS AS (a * 2) VIRTUAL);
       ALTER TABLE whole REPLICA IDENTITY FULL;
       CREATE TABLE keyed (a int PRIMARY KEY, twice int GENERATED ALWAYS AS (a * 2) VIRTUAL);
       CREATE TABLE stored (a int, twice int GENERATED ALWAYS AS (a * 2) STORED);
       CREATE TABLE only_inserted (a int, twice int GENERATED ALWAYS AS (a * 2) VIRTUAL);
       ALTER TABLE only_inserted REPLICA IDENTITY NOTHING;
       CREATE UNLOGGED TABLE unlogged (a int, twice int GENERATED ALWAYS AS (a * 2) VIRTUAL)`,
    );
    const found = (await errors(prepared)).filter(
      ({ code }) => code === "virtual-column",
    );
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^public\."Keyless" has a virtual generated/),
      expect.stringMatching(/^public\.whole has a virtual generated/),
    ]);
    const error = await caught(() => admin.planPrepare(never));
    expect(error.code).toBe("PREFLIGHT");
    expect(error.message).toContain('public."Keyless", public.whole');
    await prepared.run('UPDATE "Keyless" SET a = 1; UPDATE whole SET a = 1');

    for (const { mend } of found)
      await prepared.run(mend.replace("(…)", "(a)").replace(/--.*/, ""));
    await prepareAgain(prepared);
    expect(await errors(prepared)).toEqual([]);
    await expectWritable(prepared, [
      ...['"Keyless"', "whole", "keyed", "stored"],
    ]);
    await prepared.run("INSERT INTO only_inserted VALUES (1)");
  });

  test.each([
    ["a key", "ALTER TABLE late ADD PRIMARY KEY (a)"],
    ["no such column", "ALTER TABLE late DROP twice"],
    [
      "a stored column",
      "ALTER TABLE late DROP twice, ADD more int GENERATED ALWAYS AS (a * 2) STORED",
    ],
  ])(
    "a table with a virtual column and without a key takes rows, and %s mends the rest",
    async (_, mend) => {
      await using prepared = await prepareDatabase(postgres.server);
      for (const made of [
        [`CREATE TABLE late (a int, ${VIRTUAL})`],
        ["CREATE TABLE late (a int)", `ALTER TABLE late ADD ${VIRTUAL}`],
      ]) {
        for (const sql of made) await prepared.run(sql);
        await prepared.run("INSERT INTO late VALUES (0)");
        await expect(prepared.run("DELETE FROM late")).rejects.toThrow(
          /cannot delete from table "late"/,
        );
        expect(await errors(prepared)).toMatchObject([
          { code: "virtual-column" },
        ]);
        await prepared.run(mend);
        expect(await errors(prepared)).toEqual([]);
        await expectWritable(prepared, ["late"]);
        await prepared.run("DROP TABLE late");
      }
    },
  );

  test("a key that came later, and the column after it, do not make a table read-only", async () => {
    await using prepared = await prepareDatabase(postgres.server);
    await prepared.run("CREATE TABLE late (a int)");
    await prepared.run("ALTER TABLE late ADD PRIMARY KEY (a)");
    await prepared.run(`ALTER TABLE late ADD ${VIRTUAL}`);
    await prepared.run("CREATE TABLE parent (a int) PARTITION BY LIST (a)");
    await prepared.run("CREATE TABLE child PARTITION OF parent DEFAULT");
    await prepared.run("ALTER TABLE parent ADD PRIMARY KEY (a)");
    await prepared.run(`ALTER TABLE parent ADD ${VIRTUAL}`);
    expect(await errors(prepared)).toEqual([]);
    await expectWritable(prepared, ["late", "parent", "child"]);
    await prepared.run("ALTER TABLE parent DROP twice");
    await prepared.run("ALTER TABLE parent DROP CONSTRAINT parent_pkey");
    expect(await errors(prepared)).toEqual([]);
    await expectWritable(prepared, ["parent", "child"]);
  });
});

/** Each table takes a row, and lets it be changed and deleted. */
async function expectWritable(
  prepared: PreparedDatabase,
  tables: readonly string[],
): Promise<void> {
  for (const table of tables) {
    await prepared.run(`INSERT INTO ${table} (a) VALUES (1)`);
    await prepared.run(`UPDATE ${table} SET a = 2 WHERE a = 1`);
    await prepared.run(`DELETE FROM ${table} WHERE a = 2`);
  }
}

async function errors({ admin }: PreparedDatabase) {
  const problems = await admin.diagnose(never);
  return problems.filter(({ severity }) => severity === "error");
}

async function prepareAgain({ admin }: PreparedDatabase): Promise<void> {
  await admin.prepare(await admin.planPrepare(never), never);
}
