import { expect, test } from "vitest";
import type { PostgresDefinitions } from "../../../src/engine/definitions.ts";
import { readDatabase } from "../../../src/engine/postgres/definitions/database.ts";
import { createDatabase } from "../../../src/engine/postgres/target/create-database.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { uniqueName } from "../../support/postgres-client.ts";
import { addressOf } from "../../support/postgres-source.ts";

describePostgres([14, 15, 16, 17, 18], (postgres) => {
  const samples: [string, string, number][] = [
    ["libc", "LC_COLLATE 'C' LC_CTYPE 'C'", 14],
    [
      "icu",
      "LOCALE_PROVIDER icu ICU_LOCALE 'de' LC_COLLATE 'C' LC_CTYPE 'C'",
      15,
    ],
    [
      "builtin",
      "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'",
      17,
    ],
  ];
  test.each(samples.filter(([, , since]) => postgres.major >= since))(
    "a target sorts text as its source does: %s",
    async (provider, options) => {
      const { server } = postgres;
      const [source, target] = [uniqueName("source"), uniqueName("target")];
      await using maintenance = await server.connect("postgres");
      await maintenance.query(
        `CREATE DATABASE ${source} TEMPLATE template0 ENCODING 'UTF8' ${options}`,
      );
      const described = await describeDatabase(source);
      expect(described.localeProvider).toBe(provider);
      await createDatabase(addressOf(server.url(target)), described, never);
      expect(await describeDatabase(target)).toEqual(described);
      for (const database of [source, target])
        await maintenance.query(`DROP DATABASE ${database} WITH (FORCE)`);
    },
  );

  async function describeDatabase(
    name: string,
  ): Promise<PostgresDefinitions["database"]> {
    await using client = await postgres.server.connect(name);
    await client.query("BEGIN");
    const { database } = await readDatabase(
      async (sql) => (await client.query(sql)).rows as never,
    );
    await client.query("COMMIT");
    return database;
  }
});
