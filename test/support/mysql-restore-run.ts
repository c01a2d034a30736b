import {
  type Definitions,
  SCHEMA_PHASES,
} from "../../src/engine/definitions.ts";
import { MysqlTableReader } from "../../src/engine/mysql/reader/mysql-table-reader.ts";
import type { MysqlRestoreTarget } from "../../src/engine/mysql/target/mysql-restore-target.ts";
import { RowDigest, type RowDigestValue } from "../../src/format/row-digest.ts";
import { mysqlAddressOf } from "./mysql-address.ts";
import type { TestMysql } from "./mysql-server.ts";
import { never } from "./never.ts";

export interface ReadSchema {
  readonly definitions: Definitions;
  /** Lines of a table, by its id. */
  readonly rows: ReadonlyMap<number, Buffer>;
}

/** A schema as a base would have it. */
export async function readSchema(
  server: TestMysql,
  schema: string,
): Promise<ReadSchema> {
  const address = mysqlAddressOf(server.url(schema));
  const reader = new MysqlTableReader(address, () => true);
  await using snapshot = await reader.openSnapshot(
    { streams: 2, timeoutMs: 30_000 },
    never,
  );
  const rows = new Map<number, Buffer>();
  for (const table of snapshot.tables) {
    const chunks: Buffer[] = [];
    for await (const chunk of snapshot.rows(table, never)) chunks.push(chunk);
    rows.set(table.table, Buffer.concat(chunks));
  }
  return { definitions: snapshot.definitions, rows };
}

/** All of a restore up to its report, as restore/restore.ts does it; whatever an earlier run has done is not done again. */
export async function runRestore(
  target: MysqlRestoreTarget,
  { definitions, rows }: ReadSchema,
): Promise<readonly string[]> {
  const { done } = await target.begin({ planHash: "plan", definitions }, never);
  const remarks: string[] = [];
  for (const phase of SCHEMA_PHASES) {
    const work = { phase, streams: 1, onProgress: () => undefined };
    remarks.push(...(await target.runSchema({ ...work, definitions }, never)));
    if (phase === "structure") {
      for (const table of definitions.tables) {
        if (done.has(target.loadStep(table.table))) continue;
        await target.load(table, inPieces(rows.get(table.table)), never);
      }
    }
    if (phase === "foreign-keys") {
      const values = definitions.sequences.map((sequence) => ({
        ...sequence,
        columns: [],
      }));
      await target.finishSequences(values, never);
    }
  }
  await target.complete("{}", never);
  return remarks;
}

/** Tables whose rows in the target are not those that were read. */
export async function differences(
  target: MysqlRestoreTarget,
  { definitions, rows }: ReadSchema,
): Promise<readonly string[]> {
  const others: string[] = [];
  for (const table of definitions.tables) {
    const found = await target.digest(table, never);
    const wanted = digestOf(rows.get(table.table));
    if (found.digest !== wanted.digest || found.rows !== wanted.rows)
      others.push(table.name);
  }
  return others;
}

function digestOf(bytes: Buffer = Buffer.alloc(0)): RowDigestValue {
  const digest = new RowDigest();
  digest.add(bytes);
  return digest.finish();
}

async function* inPieces(
  bytes: Buffer = Buffer.alloc(0),
): AsyncGenerator<Uint8Array> {
  for (let from = 0, size = 1; from < bytes.length; from += size, size += 7)
    yield bytes.subarray(from, from + size);
}
