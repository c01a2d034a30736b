import type { Definitions } from "../../src/engine/definitions.ts";
import { PostgresConnection } from "../../src/engine/postgres/connection.ts";
import { readDefinitions } from "../../src/engine/postgres/definitions/read-definitions.ts";
import { copyOut } from "../../src/engine/postgres/copy-statements.ts";
import { readGeneratedColumns } from "../../src/engine/postgres/generated-columns.ts";
import { PostgresRestoreTarget } from "../../src/engine/postgres/target/postgres-restore-target.ts";
import { to as copyTo } from "pg-copy-streams";
import { never } from "./never.ts";
import { addressOf } from "./postgres-source.ts";
import type { SharedPostgres } from "./postgres.ts";

/** What a restore of a database's definitions and rows made of them. */
export interface RestoredCopy {
  readonly source: string;
  readonly target: string;
  readonly definitions: Definitions;
  /** What the target reported. */
  readonly reported: readonly string[];
  /** And what it reports to a run that finds all of that done. */
  readonly reportedAgain: readonly string[];
}

/**
 * Makes a database by `setup` (parts between `-- commit` are transactions of their own) and restores it beside itself, with the
 * sessions and in the order of a restore.
 */
export async function restoreCopy(
  server: SharedPostgres,
  setup: string,
): Promise<RestoredCopy> {
  const source = await server.createDatabase();
  {
    await using client = await server.connect(source);
    for (const part of setup.split("-- commit")) await client.query(part);
  }
  await using reader = await PostgresConnection.open(
    addressOf(server.url(source)),
    { name: "base" },
    never,
  );
  await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const definitions = await readDefinitions(
    (sql, parameters) => reader.query(sql, parameters),
    { include: () => true },
  );
  const target = `${source}_restored`;
  await using restore = new PostgresRestoreTarget(
    addressOf(server.url(target)),
  );
  await restore.begin({ planHash: "plan", definitions }, never);
  const reported: string[] = [];
  const reportedAgain: string[] = [];
  const run = async (phase: "structure" | "keys" | "foreign-keys" | "rest") => {
    const work = {
      definitions,
      phase,
      streams: 2,
      onProgress: () => undefined,
    };
    reported.push(...(await restore.runSchema(work, never)));
    reportedAgain.push(...(await restore.runSchema(work, never)));
  };
  await run("structure");
  for (const table of definitions.tables) {
    const generated = await readGeneratedColumns(reader, table);
    const rows = reader.client.query(copyTo(copyOut(table, generated)));
    await restore.load(table, rows as AsyncIterable<Uint8Array>, never);
  }
  await run("keys");
  await run("foreign-keys");
  await run("rest");
  await restore.complete("{}", never);
  await restore.dropLedger(never);
  return { source, target, definitions, reported, reportedAgain };
}
