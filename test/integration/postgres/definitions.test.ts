import { beforeAll, expect, test } from "vitest";
import type { PostgresDefinitions } from "../../../src/engine/definitions.ts";
import { selectDefinitions } from "../../../src/engine/select-definitions.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { dumpSchema } from "../../support/dump-schema.ts";
import {
  fillDatabase,
  makeRoles,
  NOT_RESTORED,
} from "../../support/every-object.ts";
import { findPostgresTools } from "../../support/postgres-binaries.ts";
import {
  connectClient,
  type TestClient,
} from "../../support/postgres-client.ts";
import {
  copyRows,
  definitionsOf,
  rowsOf,
  runDefinitions,
} from "../../support/run-definitions.ts";

describePostgres([14, 15, 16, 17, 18], (postgres) => {
  let original: string;
  let copy: string;
  let definitions: PostgresDefinitions;
  let failed: readonly string[];

  const connect = (database: string): Promise<TestClient> =>
    connectClient(postgres.server.url(database));

  beforeAll(async () => {
    original = await postgres.server.createDatabase();
    copy = await postgres.server.createDatabase();
    await using source = await connect(original);
    await using target = await connect(copy);
    await makeRoles(source);
    await fillDatabase(source, postgres.major);
    definitions = await definitionsOf(source);
    failed = await runDefinitions(target, definitions, async () => {
      for (const table of definitions.tables)
        await copyRows(source, target, table);
    });
  });

  test("every statement of a rich database runs in an empty one, around its rows", () => {
    expect(failed).toEqual([]);
    expect(definitions.objects.length).toBeGreaterThan(310);
  });

  test("the copy reads as the original, but for oids", async () => {
    await using target = await connect(copy);
    const again = await definitionsOf(target);
    expect(again.objects.map(describeObject)).toEqual(
      definitions.objects.map(describeObject),
    );
    expect(again.tables.map(describeTable)).toEqual(
      definitions.tables.map(describeTable),
    );
    expect(again.database).toEqual(definitions.database);
    expect(
      again.sequences.map(({ name, columns }) => [name, columns.length]),
    ).toEqual(
      definitions.sequences.map(({ name, columns }) => [name, columns.length]),
    );
  });

  test("the copy has the rows of the original", async () => {
    await using source = await connect(original);
    await using target = await connect(copy);
    let rows = 0;
    for (const table of definitions.tables) {
      const expected = await rowsOf(source, table);
      expect(await rowsOf(target, table), table.name).toEqual(expected);
      rows += expected.length;
    }
    expect(rows).toBeGreaterThan(70);
  });

  test("what is not made again is named, and Tidemark's own is not", () => {
    for (const line of NOT_RESTORED)
      expect(definitions.notRestored).toContainEqual(
        expect.stringMatching(line),
      );
    for (const line of definitions.notRestored) {
      const known = NOT_RESTORED.some((expected) => expected.test(line));
      expect(known, line).toBe(true);
    }
    expect(
      definitions.objects.filter(({ statements }) =>
        /tidemark/.test(statements.join()),
      ),
    ).toEqual([]);
  });

  test("ids are unique within a phase and kind, and needs come first", () => {
    const seen = new Set<string>();
    for (const { phase, kind, id } of definitions.objects) {
      expect(seen).not.toContain(`${phase} ${kind} ${id}`);
      seen.add(`${phase} ${kind} ${id}`);
    }
    const made = new Set<string>();
    for (const { kind, id, name, needs } of definitions.objects) {
      for (const need of needs ?? [])
        expect(made, `${kind} ${name} needs ${need}`).toContain(need);
      made.add(`${kind} ${id}`);
    }
  });

  test("values of sequences are read, called or not", () => {
    const values = Object.fromEntries(
      definitions.sequences.map(({ name, lastValue, isCalled, columns }) => [
        name,
        [lastValue, isCalled, columns.map(({ column }) => column)],
      ]),
    );
    expect(values).toMatchObject({
      set_only: ["77", false, []],
      plain: ["3", true, ["from_plain"]],
      Down: ["9", false, ["small"]],
      // Twenty, in sevens of three.
      "Users Ids": ["200", true, ["id"]],
      events_id_seq: ["30", true, ["id", "id", "id", "id"]],
    });
  });

  test("a table that is not captured takes with it what needs it, and no more", async () => {
    await using source = await connect(original);
    const empty = await postgres.server.createDatabase();
    await using target = await connect(empty);
    const left = new Set(["users", "events_2025_eu_1", "dog", "hen"]);
    const some = await definitionsOf(
      source,
      (namespace, name) => namespace === "app" && !left.has(name),
    );
    expect(await runDefinitions(target, some)).toEqual([]);
    const names = some.objects.map(({ kind, name }) => `${kind} ${name}`);
    expect(names).not.toContain("table app.users");
    expect(names).not.toContain("view app.active");
    expect(names).not.toContain("foreign key app.orders.orders_user_id_fkey");
    expect(names).toContain("check app.events.events_id_check");
    expect(names).toContain("primary key app.events.events_pkey");
    expect(names).not.toContain("foreign key app.receipts.receipts_at_fkey");
    // pet_dog inherits from it, and egg has a column of its row type.
    expect(names).toContain("table app.dog");
    expect(names).toContain("table app.hen");
    const captured = some.tables.map(({ name }) => name);
    for (const name of left) expect(captured).not.toContain(name);
    expect(some.notRestored).toContain(
      "rows of table app.dog: it is not captured",
    );
    expect(some.notRestored).toContain("table app.users: it is not captured");
    expect(some.notRestored).toContain(
      "view app.active: needs table app.users",
    );
  });

  test("chosen tables come with what they need, and without foreign keys to others", async () => {
    const chosen = new Set(["orders", "events_2025_eu_0", "pet_dog", "egg"]);
    const tables = definitions.tables.filter(({ name }) => chosen.has(name));
    const selection = selectDefinitions(
      definitions,
      new Set(tables.map(({ table }) => table)),
    );
    await using source = await connect(original);
    const empty = await postgres.server.createDatabase();
    await using target = await connect(empty);
    const load = async () => {
      for (const table of tables) await copyRows(source, target, table);
    };
    expect(await runDefinitions(target, selection.definitions, load)).toEqual(
      [],
    );
    expect(selection.definitions.tables).toEqual(tables);
    expect(selection.leftOut.map((line) => line.split(":")[0]).sort()).toEqual([
      "foreign key app.egg.egg_hen_fkey",
      "foreign key app.events.by_user",
      "foreign key app.orders.late_key",
      "foreign key app.orders.orders_user_id_fkey",
      // Inheritance, row types, and what a policy reads.
      "rows of table app.animal",
      "rows of table app.dog",
      "rows of table app.hen",
      "rows of table app.pet",
      "rows of table app.users",
    ]);
    const names = selection.definitions.objects.map(
      ({ kind, name }) => `${kind} ${name}`,
    );
    expect(names).toContain("foreign key app.orders.self");
    expect(names).toContain("check app.animal.animal_legs_check");
    expect(names).toContain("primary key app.events.events_pkey");
    expect(names).toContain("comment trigger before_orders on app.orders");
    expect(names).not.toContain("table app.serials");
    expect(names).not.toContain("view app.grouped");
    const again = await definitionsOf(target);
    const all = new Set(definitions.objects.map(describeObject));
    for (const object of again.objects)
      expect(all).toContain(describeObject(object));
  });

  const tools = findPostgresTools(15);
  test.runIf(tools !== undefined && postgres.major <= 15)(
    "pg_dump writes the same for both",
    async () => {
      await using source = await connect(original);
      await using target = await connect(copy);
      // Columns of grown_child are its own in the copy, and notRestored says so.
      for (const client of [source, target])
        await client.query("DROP TABLE app.grown CASCADE");
      await source.query(
        `DROP FOREIGN DATA WRAPPER nowhere CASCADE; DROP PUBLICATION "Changes"; DROP SCHEMA tidemark CASCADE`,
      );
      const url = (database: string) => postgres.server.url(database);
      expect(await dumpSchema(tools ?? "", url(copy))).toEqual(
        await dumpSchema(tools ?? "", url(original)),
      );
    },
  );
});

/** What does not carry an oid. */
function describeObject(
  object: PostgresDefinitions["objects"][number],
): string {
  const { phase, kind, name, statements, optional } = object;
  return [
    `${phase} ${kind} ${name}${optional === true ? " (optional)" : ""}`,
    ...statements,
  ].join("\n");
}

function describeTable(table: PostgresDefinitions["tables"][number]) {
  const { columns, identity } = table.shape;
  return {
    name: `${table.namespace}.${table.name}`,
    identity,
    columns: columns.map(({ typeId, ...column }) => ({
      ...column,
      isBuiltIn: typeId < 16384,
    })),
  };
}
