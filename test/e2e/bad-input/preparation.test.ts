import { expect, test } from "vitest";
import { describePostgres } from "../../support/describe-postgres.ts";
import { Shop } from "./shop.ts";

/** Publication and DDL trigger, changed behind our back while `run` is running and while it is not. */
describePostgres([15, 18], (postgres) => {
  test("a publication that was altered stops the archive at once; put right, history goes on behind a gap", async () => {
    const { shop, service } = await Shop.running(postgres.server);
    await using _shop = shop;
    const before = await shop.untilArchived();
    await shop.sql(
      `ALTER PUBLICATION ${shop.slot} SET (publish = 'update, delete')`,
    );
    await shop.order(2);
    await shop.sql("UPDATE orders SET status = 'paid' WHERE id = 1");
    expect(await service.end()).toBe(4);
    expect(service.log()).toContain("PREPARATION_CHANGED");
    expect(service.log()).toContain("error SOURCE_NOT_PREPARED");
    expect(service.log()).toContain(`tidemark prepare ${shop.source}`);
    const stopped = await shop.requireState();
    expect(stopped.head.seq).toBe(before.head.seq);
    expect(stopped.gaps).toEqual([]);
    const check = await shop.cli(["check", shop.source]);
    expect(check.exitCode).toBe(4);
    expect(check.stdout).toContain("publication-changed");

    await shop.succeed(["prepare", shop.source]);
    await shop.run();
    await shop.untilBase(before.bases.length + 1);
    await shop.order();
    await shop.expectNothingLost();
    const after = await shop.requireState();
    expect(after.gaps).toMatchObject([
      { code: "PREPARATION_CHANGED", afterSeq: before.head.seq },
    ]);
    // Inside the gap nothing can be had.
    const inside = await shop.refused(
      [
        ...["restore", shop.source, "--at", `seq:${before.head.seq + 1}`],
        ...["--into", "env:INTO_URL"],
      ],
      { INTO_URL: shop.server.url("inside") },
    );
    expect(inside).toMatchObject({ exitCode: 7, code: "POINT_UNREACHABLE" });
    expect(inside.message).toContain(`seq ${before.head.seq + 1}`);
    expect(inside.hint).toContain(`seq:${before.head.seq}`);
    const time = new Date(Date.parse(before.progress.at) + 1).toISOString();
    const at = await shop.refused(
      [
        ...["restore", shop.source, "--at", time],
        ...["--into", "env:INTO_URL"],
      ],
      { INTO_URL: shop.server.url("inside") },
    );
    expect(at).toMatchObject({ exitCode: 7, code: "POINT_UNREACHABLE" });
    expect(at.hint).toContain(`seq:${before.head.seq}`);
    expect(await shop.databaseExists("inside")).toBe(false);
  }, 180_000);

  test("another choice of tables is refused: what one did while it was left out would be missing without a trace", async () => {
    const { shop, service } = await Shop.running(postgres.server);
    await using _shop = shop;
    await shop.sql("CREATE TABLE others (id int PRIMARY KEY)");
    await shop.untilBase(2);
    await shop.sql("INSERT INTO others VALUES (1)");
    await shop.order(2);
    const before = await shop.untilArchived();
    await service.stop();
    await shop.configure({ tables: ["public.orders"] });
    await shop.sql("INSERT INTO others VALUES (2)");
    await shop.order(2);
    const narrow = await shop.run();
    expect(await narrow.end()).toBe(2);
    expect(narrow.log()).toContain("error NOT_IN_THIS_VERSION");
    expect(narrow.log()).toContain(
      'tidemark.yaml has tables: ["public.orders"]',
    );
    expect(await shop.refused(["base", shop.source])).toMatchObject({
      exitCode: 2,
      code: "NOT_IN_THIS_VERSION",
    });
    expect((await shop.requireState()).head.seq).toBe(before.head.seq);
    await shop.configure();
    await shop.run();
    await shop.expectNothingLost();
  }, 180_000);

  test("an alteration that was taken back while nobody ran is a gap all the same", async () => {
    const { shop, service } = await Shop.running(postgres.server);
    await using _shop = shop;
    await service.stop();
    const before = await shop.requireState();
    await shop.sql(`ALTER PUBLICATION ${shop.slot} SET (publish = 'update')`);
    await shop.order();
    await shop.sql(
      `ALTER PUBLICATION ${shop.slot} SET (publish = 'insert, update, delete, truncate')`,
    );
    const again = await shop.run();
    await again.says("PREPARATION_CHANGED");
    await shop.untilBase(before.bases.length + 1);
    await shop.expectNothingLost();
    expect((await shop.requireState()).gaps).toMatchObject([
      { afterSeq: before.head.seq },
    ]);
  }, 180_000);

  test.each([
    ["disabled", "ALTER EVENT TRIGGER tidemark_ddl DISABLE"],
    ["dropped", "DROP EVENT TRIGGER tidemark_ddl"],
  ])(
    "a DDL trigger that was %s stops the archive",
    async (_how, sql) => {
      const { shop, service } = await Shop.running(postgres.server);
      await using _shop = shop;
      const before = await expectStop(
        { shop, service },
        { sql, says: "event trigger tidemark_ddl" },
      );
      await shop.succeed(["prepare", shop.source]);
      await shop.run();
      await shop.untilBase(before.bases.length + 1);
      await shop.expectNothingLost();
    },
    180_000,
  );

  test.each([
    [
      "a function of the DDL trigger that does nothing",
      {
        sql: "CREATE OR REPLACE FUNCTION tidemark.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        says: "tidemark.on_ddl is not this version's function",
        undo: undefined,
      },
    ],
    [
      "a log whose rows are not in the server's log",
      {
        sql: "ALTER TABLE tidemark.log SET UNLOGGED",
        says: "tidemark.log was altered (unlogged)",
        undo: "ALTER TABLE tidemark.log SET LOGGED",
      },
    ],
  ])(
    "%s stops the archive, and is a gap once it is as it was",
    async (_what, { sql, says, undo }) => {
      const { shop, service } = await Shop.running(postgres.server);
      await using _shop = shop;
      const before = await expectStop({ shop, service }, { sql, says });
      expect((await shop.cli(["check", shop.source])).stdout).toContain(says);
      await (undo === undefined
        ? shop.succeed(["prepare", shop.source])
        : shop.sql(undo));
      await shop.run();
      await shop.untilBase(before.bases.length + 1);
      await shop.expectNothingLost();
      expect((await shop.requireState()).gaps).toMatchObject([
        { code: "PREPARATION_CHANGED", afterSeq: before.head.seq },
      ]);
    },
    180_000,
  );

  test("a publication that was dropped never passes for silence", async () => {
    const { shop, service } = await Shop.running(postgres.server);
    await using _shop = shop;
    const before = await shop.untilArchived();
    await shop.sql(`DROP PUBLICATION ${shop.slot}`);
    await shop.order(2);
    const exitCode = await service.end();
    expect(service.log()).toContain(`publication`);
    expect(service.log()).toContain("hint");
    // The server's error in the stream, or the archiver's own look, whichever is first.
    expect([4, 7], service.log()).toContain(exitCode);
    expect((await shop.requireState()).head.seq).toBe(before.head.seq);
    // Made again by hand or by prepare, what lay between is not known: a gap or the end, never silence.
    await shop.succeed(["prepare", shop.source]);
    const again = await shop.run();
    if (postgres.major >= 18) {
      await shop.untilBase(before.bases.length + 1);
      await shop.expectNothingLost();
      expect((await shop.requireState()).gaps).toHaveLength(1);
    } else {
      expect(await again.end()).toBe(7);
      expect(again.log()).toContain("error HISTORY_LOST");
      expect((await shop.requireState()).head.seq).toBe(before.head.seq);
    }
  }, 180_000);

  test("run refuses to begin where nothing was prepared, and says how", async () => {
    await using shop = await Shop.open(postgres.server);
    const service = await shop.run();
    expect(await service.end()).toBe(4);
    expect(service.log()).toContain("error SOURCE_NOT_PREPARED");
    expect(service.log()).toContain(`tidemark prepare ${shop.source}`);
    expect(await shop.state()).toBeUndefined();
  });
});

/** After that, no DDL command is recorded: the service ends and says so, and nothing more is archived. */
async function expectStop(
  { shop, service }: Awaited<ReturnType<typeof Shop.running>>,
  { sql, says }: { readonly sql: string; readonly says: string },
) {
  const before = await shop.untilArchived();
  await shop.sql(sql);
  await shop.sql("ALTER TABLE orders ADD COLUMN note text DEFAULT 'x'");
  await shop.order(1);
  expect(await service.end()).toBe(4);
  expect(service.log()).toContain(says);
  expect((await shop.requireState()).head.seq).toBe(before.head.seq);
  return before;
}
