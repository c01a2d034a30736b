import { readFile } from "node:fs/promises";
import type { TestClient } from "../../support/postgres-client.ts";
import type { Dialect } from "../engine.ts";
import type { Random } from "../random.ts";
import { planTransaction } from "./plan-transaction.ts";
import { runTransaction } from "./run-transaction.ts";
import { listTables } from "./tables.ts";

/** `connect`: to the source, as a superuser. */
export function postgresDialect(connect: () => Promise<TestClient>): Dialect {
  return {
    async makeSchema() {
      const schema = new URL("schema.sql", import.meta.url);
      await using client = await connect();
      await client.query(await readFile(schema, "utf8"));
    },
    async settle() {
      // A server that died has rolled back whatever was open.
    },
    async openWriter(keys, random) {
      const tables = listTables(keys);
      const client = await connect();
      if (random !== undefined) await setUp(client, random);
      return {
        write: (own, intensity) =>
          runTransaction(client, planTransaction(tables, intensity, own)),
        [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
      };
    },
  };
}

async function setUp(client: TestClient, random: Random): Promise<void> {
  // Writers who wait for each other should find out soon.
  await client.query("SET deadlock_timeout = '50ms'");
  await client.query("SET lock_timeout = '10s'");
  // Commits that come into the log on disk later than their time says, or not at all when the server dies.
  if (random.fork("durability").chance(0.3))
    await client.query("SET synchronous_commit = off");
}
