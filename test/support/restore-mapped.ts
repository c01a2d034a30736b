import type { Mapping } from "../../src/engine/mapping.ts";
import { planMapping } from "../../src/engine/mapping/plan-mapping.ts";
import type { RestoreTarget } from "../../src/engine/restore-target.ts";
import type { TableReader } from "../../src/engine/table-reader.ts";
import { RowDigest } from "../../src/format/row-digest.ts";
import { caught } from "./caught.ts";
import { never } from "./never.ts";

export interface MappedRestore {
  readonly mapping: Mapping;
  /** What the target said of what it made. */
  readonly reported: readonly string[];
  /** Tables that the target does not give back as they were sent; none. */
  readonly different: readonly string[];
}

/** What a restore does with a database of another engine, in its order: read, mapped, loaded and read back. */
export async function restoreMapped(
  reader: TableReader,
  target: RestoreTarget,
): Promise<MappedRestore> {
  const mapping = await readMapping(reader, target);
  if (mapping.refusals.length > 0)
    return { mapping, reported: [], different: [] };
  await using snapshot = await reader.openSnapshot(
    { streams: 1, timeoutMs: 30_000 },
    never,
  );
  const { definitions } = mapping;
  await target.begin({ planHash: "plan", definitions }, never);
  const reported: string[] = [];
  const run = async (phase: "structure" | "keys" | "foreign-keys" | "rest") => {
    const onProgress = () => undefined;
    const work = { definitions, phase, streams: 2, onProgress };
    reported.push(...(await target.runSchema(work, never)));
  };
  await run("structure");
  const different: string[] = [];
  for (const table of snapshot.tables) {
    const mapped = mapping.tables.get(table.table);
    if (mapped === undefined) throw new Error(`no table ${table.name}`);
    const sent = new RowDigest();
    const rows = mapped.convert(snapshot.rows(table, never));
    await target.load(mapped.target, digested(rows, sent), never);
    const found = await target.digest(mapped.target, never);
    const { rows: count, digest } = sent.finish();
    if (found.rows !== count || found.digest !== digest)
      different.push(`${table.namespace}.${table.name}`);
  }
  await run("keys");
  await run("foreign-keys");
  const values = snapshot.definitions.sequences.map((sequence) => ({
    ...sequence,
    columns: [],
  }));
  await target.finishSequences(mapping.sequences(values), never);
  await run("rest");
  await target.complete("{}", never);
  await target.dropLedger(never);
  return { mapping, reported, different };
}

export async function readMapping(
  reader: TableReader,
  target: RestoreTarget,
): Promise<Mapping> {
  await using snapshot = await reader.openSnapshot(
    { streams: 1, timeoutMs: 30_000 },
    never,
  );
  const { engine } = await target.inspect(never);
  return planMapping(snapshot.definitions, engine);
}

/** What each table stops at, in their order by name; nothing is loaded. */
export async function misfits(
  reader: TableReader,
  target: RestoreTarget,
): Promise<readonly string[]> {
  const { tables } = await readMapping(reader, target);
  await using snapshot = await reader.openSnapshot(
    { streams: 1, timeoutMs: 30_000 },
    never,
  );
  const messages: string[] = [];
  for (const table of snapshot.tables) {
    const rows = snapshot.rows(table, never);
    const { message } = await caught(async () => {
      for await (const _chunk of tables.get(table.table)?.convert(rows) ?? []);
    });
    messages.push(message);
  }
  return messages;
}

async function* digested(
  rows: AsyncIterable<Buffer>,
  digest: RowDigest,
): AsyncGenerator<Buffer> {
  for await (const chunk of rows) {
    digest.add(chunk);
    yield chunk;
  }
}
