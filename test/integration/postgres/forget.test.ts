import { expect, test } from "vitest";
import { PostgresSourceAdmin } from "../../../src/engine/postgres/admin/postgres-source-admin.ts";
import { caught, codeOf } from "../../support/caught.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { uniqueName } from "../../support/postgres-client.ts";
import { prepareDatabase } from "../../support/postgres-source.ts";

describePostgres([14, 18], (postgres) => {
  test("a role that may drop the slot and not the rest drops neither", async () => {
    await using prepared = await prepareDatabase(postgres.server);
    const role = uniqueName("role");
    await prepared.run(`CREATE ROLE ${role} LOGIN REPLICATION PASSWORD 'pass'`);
    const weak = new PostgresSourceAdmin(prepared.source, {
      ...prepared.address,
      user: role,
      password: async () => "pass",
    });
    const plan = await weak.planForget(never);
    expect(await codeOf(() => weak.forget(plan, never))).toBe("RIGHT_MISSING");
    const { admin } = prepared;
    expect((await admin.planPrepare(never)).steps).toEqual([]);
    await prepared.run(`DROP ROLE ${role}`);
  });

  test("what is dropped first and cannot all be dropped stays", async () => {
    await using prepared = await prepareDatabase(postgres.server);
    const { admin } = prepared;
    const { steps } = await admin.planForget(never);
    const [last] = steps.slice(-1);
    const broken = steps.map((step) =>
      step.sql.startsWith("DROP SCHEMA")
        ? { ...step, sql: "DROP SCHEMA no_such_schema" }
        : step,
    );
    await caught(() => admin.forget({ steps: broken }, never));
    expect((await admin.planPrepare(never)).steps).toEqual([]);
    expect(last?.sql).toContain("pg_drop_replication_slot");
  });
});

describePostgres([15], (postgres) => {
  test("prepare makes again what somebody altered or opened, and nothing else", async () => {
    await using prepared = await prepareDatabase(postgres.server);
    const { admin } = prepared;
    for (const altered of [
      "CREATE OR REPLACE FUNCTION tidemark.tidy() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT'",
      "ALTER FUNCTION tidemark.on_ddl() RESET ALL",
      "ALTER FUNCTION tidemark.record(text, text, text) SECURITY INVOKER",
      "GRANT USAGE ON SCHEMA tidemark TO PUBLIC",
      "GRANT INSERT ON tidemark.log TO PUBLIC",
      "GRANT EXECUTE ON FUNCTION tidemark.record(text, text, text) TO PUBLIC",
    ]) {
      await prepared.run(altered);
      const plan = await admin.planPrepare(never);
      expect(plan.steps.length, altered).toBeGreaterThan(0);
      await admin.prepare(plan, never);
      expect((await admin.planPrepare(never)).steps, altered).toEqual([]);
    }
  });
});
