import { expect, test } from "vitest";
import { PostgresSourceAdmin } from "../../../src/engine/postgres/admin/postgres-source-admin.ts";
import { sourceObjects } from "../../../src/engine/postgres/names.ts";
import { caught, codeOf } from "../../support/caught.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { prepareDatabase } from "../../support/postgres-source.ts";

describePostgres([14, 18], (postgres) => {
  /** Two teams on one server may both call their database's source `orders`. */
  test("a slot of another database is nobody's but its own", async () => {
    await using prepared = await prepareDatabase(postgres.server);
    const database = await postgres.server.createDatabase();
    try {
      const { slot } = sourceObjects(prepared.source);
      const other = new PostgresSourceAdmin(prepared.source, {
        ...prepared.address,
        database,
      });
      const refused = await caught(() => other.planPrepare(never));
      expect(refused).toMatchObject({
        code: "PREFLIGHT",
        message: expect.stringContaining(prepared.database) as string,
      });
      const found = (await other.diagnose(never)).map(({ code }) => code);
      expect(found).toContain("slot-elsewhere");
      expect(await codeOf(() => other.startPosition(never))).toBe(
        "SOURCE_NOT_PREPARED",
      );
      const plan = await other.planForget(never);
      expect(JSON.stringify(plan.steps)).not.toContain(slot);
      await prepared.admin.startPosition(never);
    } finally {
      await prepared.ask(`DROP DATABASE ${database} WITH (FORCE)`);
    }
  });
});
