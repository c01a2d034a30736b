import { expect, test } from "vitest";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { prepareDatabase } from "../../support/postgres-source.ts";

describePostgres([14, 18], (postgres) => {
  test("tables whose rows would belong into other partitions of another database are named", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: `
        CREATE TYPE mood AS ENUM ('glad', 'sad');
        CREATE DOMAIN moods AS mood[];
        CREATE TYPE felt AS (at date, moods moods);
        CREATE TABLE by_enum (id int, m mood) PARTITION BY HASH (id, m);
        CREATE TABLE by_domain (m moods) PARTITION BY HASH (m);
        CREATE TABLE by_alias (c regclass) PARTITION BY HASH (c);
        ${postgres.major < 15 ? "" : "CREATE TABLE by_part (f felt) PARTITION BY HASH (f);"}
        CREATE TABLE by_list (m mood) PARTITION BY LIST (m);
        CREATE TABLE by_text (m mood, t text, n numeric[], at date) PARTITION BY HASH (t, n, at);
        CREATE TABLE not_parted (m mood)`,
    });
    const problems = await prepared.admin.diagnose(never);
    const named = problems
      .filter(({ code }) => code === "hash-partitions")
      .map(({ severity, message }) => [severity, message.split(" ")[0]]);
    expect(named).toEqual(
      [
        "public.by_alias",
        "public.by_domain",
        "public.by_enum",
        ...(postgres.major < 15 ? [] : ["public.by_part"]),
      ].map((table) => ["error", table]),
    );
  });
});
