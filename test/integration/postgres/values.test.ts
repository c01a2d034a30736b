import { hash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Position } from "../../../src/core/position.ts";
import { UNCHANGED, type Row } from "../../../src/core/change.ts";
import type { PostgresAddress } from "../../../src/engine/postgres/connection.ts";
import { PostgresTableReader } from "../../../src/engine/postgres/reader/postgres-table-reader.ts";
import { PostgresChangeSource } from "../../../src/engine/postgres/source/postgres-change-source.ts";
import type {
  Snapshot,
  SnapshotTable,
} from "../../../src/engine/table-reader.ts";
import { AvroWriter } from "../../../src/format/avro-writer.ts";
import { decodeChanges, writeValue } from "../../../src/format/change-codec.ts";
import {
  CopyLineReader,
  writeCopyLine,
} from "../../../src/format/copy-text.ts";
import { partsOf } from "../../support/decode-stream.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { uniqueName } from "../../support/postgres-client.ts";
import {
  prepareDatabase,
  type PreparedDatabase,
} from "../../support/postgres-source.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { SourceReader } from "../../support/source-reader.ts";
import {
  VALUE_SAMPLES,
  VALUE_TYPES_SQL,
  XML_SAMPLE,
  type ValueSample,
} from "../../support/value-samples.ts";

/** What a database, or the role that reads it, may well say. None of it may reach what is archived. */
const HOSTILE: Readonly<Record<string, string>> = {
  DateStyle: "'SQL, DMY'",
  IntervalStyle: "'sql_standard'",
  TimeZone: "'Asia/Kathmandu'",
  extra_float_digits: "-15",
  bytea_output: "'escape'",
  xmlbinary: "'hex'",
  xmloption: "'document'",
  quote_all_identifiers: "on",
  standard_conforming_strings: "off",
  array_nulls: "off",
  row_security: "on",
  search_path: "other, public, pg_catalog",
  default_transaction_read_only: "on",
  default_transaction_isolation: "'serializable'",
  default_transaction_deferrable: "on",
  statement_timeout: "'1ms'",
  lock_timeout: "'1ms'",
  idle_in_transaction_session_timeout: "'20ms'",
  idle_session_timeout: "'20ms'",
  session_replication_role: "'replica'",
};
const HOSTILE_FROM_17 = { transaction_timeout: "'20ms'" };

describePostgres(
  [14, 15, 16, 17, 18],
  ({ major }) => {
    let server: TestPostgres;
    beforeAll(async () => {
      server = await startPostgres(major);
    });
    afterAll(() => server[Symbol.asyncDispose]());

    test.each(["plain", "hostile"] as const)(
      "every value is the same in a base and in the stream that a role with %s defaults reads",
      async (defaults) => {
        await using prepared = await prepareDatabase(server);
        const tables = await fillTables(prepared);
        await using address = await readerOf(prepared, defaults, major);
        const { rows } = await readBase(prepared.address);
        const again = await readBase(address);
        for (const [place, line] of rows)
          expect(show(again.rows.get(place)), place).toBe(show(line));
        expect(rows.size).toBe(tables.rows);
        for (const { name } of tables.tables)
          await prepared.run(
            `UPDATE ${name} SET v = v;
             CREATE TEMP TABLE aside AS SELECT * FROM ${name};
             DELETE FROM ${name};
             INSERT INTO ${name} (id, v) SELECT id, v FROM aside;
             DROP TABLE aside`,
          );
        const source = new PostgresChangeSource({
          ...prepared,
          address,
          includes: (namespace) => namespace === "values",
        });
        await using stream = new SourceReader(source, again.position);
        await stream.until("all tables", () =>
          hasCommits(stream, tables.tables.length),
        );
        const differences: string[] = [];
        let compared = 0;
        for (const { name, row } of rowsOf(stream)) {
          const line = lineOf(row);
          if (line === undefined) continue;
          compared++;
          const base = rows.get(`${name} ${idOf(line)}`);
          if (base?.equals(line) !== true)
            differences.push(`${name}: ${show(base)} / ${show(line)}`);
          else expect(reencoded(base, row.length).equals(line)).toBe(true);
        }
        expect(differences).toEqual([]);
        // An update may say of a large value that it is unchanged; its old row, the delete and the insert hold it.
        expect(compared).toBeGreaterThanOrEqual(3 * tables.rows);
      },
    );
  },
  { own: true },
);

interface Filled {
  readonly tables: readonly { readonly name: string }[];
  readonly rows: number;
}

/** One table for each type, with NULL as its first row; a generated column repeats each value. */
async function fillTables(prepared: PreparedDatabase): Promise<Filled> {
  await using client = await prepared.connect();
  await client.query(VALUE_TYPES_SQL);
  await client.query('CREATE TABLE other."Odd" (id int); CREATE SCHEMA values');
  const samples: ValueSample[] = [...VALUE_SAMPLES];
  const hasXml = await client.query("SELECT '<a/>'::xml").then(
    () => true,
    () => false,
  );
  if (hasXml) samples.push(XML_SAMPLE);
  const tables: { name: string }[] = [];
  let rows = 0;
  for (const [index, { type, values }] of samples.entries()) {
    const name = `values.v${index}`;
    await client.query(
      `CREATE TABLE ${name} (id int PRIMARY KEY, twin ${type} GENERATED ALWAYS AS (v) STORED, v ${type}); ALTER TABLE ${name} REPLICA IDENTITY FULL`,
    );
    for (const [id, value] of ["NULL", ...values].entries()) {
      try {
        await client.query(
          `INSERT INTO ${name} (id, v) VALUES (${id}, (${value})::${type})`,
        );
      } catch (cause) {
        throw new Error(`${type}: ${value.slice(0, 80)}`, { cause });
      }
    }
    tables.push({ name });
    rows += values.length + 1;
  }
  await client.query("CHECKPOINT");
  return { tables, rows };
}

/** A superuser of its own, to whom the defaults belong. */
async function readerOf(
  prepared: PreparedDatabase,
  defaults: "plain" | "hostile",
  major: number,
): Promise<PostgresAddress & AsyncDisposable> {
  const role = uniqueName("reader");
  await prepared.run(`CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD 'secret'`);
  if (defaults === "hostile") {
    const settings = { ...HOSTILE, ...(major >= 17 ? HOSTILE_FROM_17 : {}) };
    for (const [name, value] of Object.entries(settings))
      await prepared.run(`ALTER ROLE ${role} SET ${name} = ${value}`);
  }
  return {
    ...prepared.address,
    user: role,
    password: async () => "secret",
    [Symbol.asyncDispose]: () => prepared.run(`DROP ROLE ${role}`),
  };
}

async function readBase(address: PostgresAddress): Promise<{
  readonly position: Position;
  /** By table and id. */
  readonly rows: ReadonlyMap<string, Buffer>;
}> {
  const reader = new PostgresTableReader(address, () => true);
  await using snapshot = await reader.openSnapshot(
    { streams: 2, timeoutMs: 30_000 },
    never,
  );
  const rows = new Map<string, Buffer>();
  for (const table of snapshot.tables)
    for (const line of await readLines(snapshot, table))
      rows.set(`${table.name} ${idOf(line)}`, line);
  return { position: snapshot.position, rows };
}

async function readLines(
  snapshot: Snapshot,
  table: SnapshotTable,
): Promise<Buffer[]> {
  if (table.namespace !== "values") return [];
  const chunks: Buffer[] = [];
  for await (const chunk of snapshot.rows(table, never)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const lines: Buffer[] = [];
  let from = 0;
  while (from < bytes.length) {
    const line = bytes.subarray(from, bytes.indexOf("\n", from) + 1);
    lines.push(line);
    from += line.length;
  }
  return lines;
}

function idOf(line: Buffer): string {
  return line.toString("latin1", 0, line.indexOf("\t"));
}

function hasCommits(stream: SourceReader, count: number): boolean {
  return (
    partsOf(stream.items).filter(({ commit }) => commit !== undefined).length >=
    count
  );
}

/** Every old and new row of the stream, with its table's name. */
function* rowsOf(
  stream: SourceReader,
): Iterable<{ readonly name: string; readonly row: Row }> {
  const names = new Map(
    stream.items.flatMap((item) =>
      item.kind === "shape" ? [[item.shape.id, item.shape.name] as const] : [],
    ),
  );
  for (const { items, tables } of partsOf(stream.items)) {
    for (const change of decodeChanges(items.bytes)) {
      if (change.kind === "truncate" || change.kind === "event") continue;
      const shape = tables.find(({ ref }) => ref === change.ref)?.shape ?? "";
      const name = names.get(shape) ?? "?";
      if (change.kind !== "delete") yield { name, row: change.after };
      if (change.kind !== "insert" && change.old.kind === "full")
        yield { name, row: change.old.row };
    }
  }
}

/** As COPY would write it; undefined where a value is unchanged. */
function lineOf(row: Row): Buffer | undefined {
  if (row.includes(UNCHANGED)) return undefined;
  const values = new AvroWriter();
  for (const value of row) writeValue(values, value);
  const bytes = values.cut();
  const line = new AvroWriter();
  writeCopyLine(line, { bytes, from: 0, to: bytes.length });
  return line.cut();
}

/** Read as a restore reads it, and written again. */
function reencoded(line: Buffer, columns: number): Buffer {
  const reader = new CopyLineReader();
  reader.reset({ bytes: line, from: 0, to: line.length - 1 });
  const values = new AvroWriter();
  for (let n = 0; n < columns; n++) reader.readValue(values);
  reader.endLine();
  const bytes = values.cut();
  const again = new AvroWriter();
  writeCopyLine(again, { bytes, from: 0, to: bytes.length });
  return again.cut();
}

function show(line: Buffer | undefined): string {
  if (line === undefined) return "none";
  return `${JSON.stringify(line.toString().slice(0, 90))} ${hash("md5", line)}`;
}
