import { expect, test } from "vitest";
import { TableHistories } from "../../../src/archive/table-history.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import {
  prepareDatabase,
  type PreparedDatabase,
} from "../../support/postgres-source.ts";
import { startService } from "../../support/service.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

const SETUP = `CREATE SCHEMA app; CREATE SCHEMA other; CREATE TYPE mood AS ENUM ('calm');
  CREATE DOMAIN feeling AS mood; CREATE TABLE app.t (id int PRIMARY KEY, mood mood, feeling feeling)`;

/** A walsender that runs has described the table; the next one does it anew, with the names of then. */
describePostgres([15, 16, 18], (postgres) => {
  test.each([
    ["a type is renamed", "ALTER TYPE mood RENAME TO temper", "app.t"],
    ["a type is moved", "ALTER TYPE mood SET SCHEMA other", "app.t"],
    ["a schema is renamed", "ALTER SCHEMA app RENAME TO app2", "app2.t"],
  ])(
    "%s: what is read again is what was archived",
    async (_what, sql, table) => {
      await using prepared = await prepareDatabase(postgres.server, {
        setup: SETUP,
      });
      await using directory = await tempDirectory();
      const options = {
        ...{ directory: directory.path, rpoMs: 50 },
        store: new MemoryStore(),
      };
      {
        await using service = await startService(prepared, options);
        await service.archived("a base", ({ bases }) => bases.length > 0);
        await insert(prepared, "app.t", 1);
        const { bases } = await service.archived("a row", rows(1));
        await prepared.run(sql);
        await service.archived(
          "a base behind it",
          (state) =>
            state.bases.length > bases.length &&
            new TableHistories(state).needsBase() === undefined,
        );
        // Two, so that the second is what the next start reads again.
        for (const id of [2, 3]) await insert(prepared, table, id);
        const state = await service.archived("the rows", rows(3));
        expect(new TableHistories(state).needsBase()).toBeUndefined();
      }
      await using service = await startService(prepared, options);
      await insert(prepared, table, 4);
      const state = await service.archived("a row behind them", rows(4));
      expect(new TableHistories(state).needsBase()).toBeUndefined();
    },
  );
});

function rows(count: number) {
  return ({ segments }: Parameters<typeof sumInserts>[0]) =>
    sumInserts({ segments }) === count;
}

function sumInserts({
  segments,
}: {
  readonly segments: readonly {
    readonly tables: readonly { readonly inserts: number }[];
  }[];
}): number {
  return segments
    .flatMap(({ tables }) => tables)
    .reduce((sum, { inserts }) => sum + inserts, 0);
}

function insert(
  prepared: PreparedDatabase,
  table: string,
  id: number,
): Promise<void> {
  return prepared.run(`INSERT INTO ${table} VALUES (${id}, 'calm', 'calm')`);
}
