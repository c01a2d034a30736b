import { readFile } from "node:fs/promises";
import type { TestClient } from "./postgres-client.ts";

const FIXTURES = new URL("../fixtures/postgres/", import.meta.url);

/** Roles belong to the whole server; suites run side by side on one. */
export async function makeRoles(client: TestClient): Promise<void> {
  for (const role of ["Tide Reader", "tide_writer"]) {
    await client.query(
      `DO $$ BEGIN CREATE ROLE "${role}"; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
    );
  }
}

/** One object of every kind, and more, as far as the server's version has them. */
export async function fillDatabase(
  client: TestClient,
  major: number,
): Promise<void> {
  await client.query("SET check_function_bodies = off");
  for (const since of [14, 15, 18]) {
    if (since > major) continue;
    const file =
      since === 14 ? "every-object.sql" : `every-object-${since}.sql`;
    const script = await readFile(new URL(file, FIXTURES), "utf8");
    for (const part of script.split("-- commit"))
      await client.query(`--${part}`);
  }
}

/** Every line about every-object.sql's things that no restore makes; its `tidemark` schema is not among them. */
export const NOT_RESTORED: readonly RegExp[] = [
  /^rows of unlogged table app\.scratch/,
  /^rows of materialized view app\.(totals|a_totals|grouped_totals|0 over view): refreshed/,
  /^foreign table app\.far: /,
  /^view app\.from_far: needs foreign table app\.far$/,
  /^view app\.from_from_far: needs view app\.from_far$/,
  /^server "Far": /,
  /^foreign-data wrapper nowhere: /,
  /^publication "Changes": /,
  /^1 large object: /,
  /^roles, their passwords and memberships: .*Tide Reader/,
  /^inheritance of app\.grown_child: a, c will count as its own columns too$/,
];
