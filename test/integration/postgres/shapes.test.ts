import { expect, test } from "vitest";
import type { Shape } from "../../../src/core/shape.ts";
import {
  relationShape,
  typeLabel,
} from "../../../src/engine/postgres/shape.ts";
import { MessageReader } from "../../../src/engine/postgres/source/messages/reader.ts";
import { readRelation } from "../../../src/engine/postgres/source/messages/relation.ts";
import { readType } from "../../../src/engine/postgres/source/messages/type.ts";
import {
  quoteLiteral,
  quoteQualified,
} from "../../../src/engine/postgres/quote.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { fillDatabase, makeRoles } from "../../support/every-object.ts";
import { startPostgres } from "../../support/postgres.ts";
import type { TestClient } from "../../support/postgres-client.ts";
import { definitionsOf } from "../../support/run-definitions.ts";

describePostgres(
  [14, 15, 16, 17, 18],
  ({ major }) => {
    test("a shape read from the catalogs is that of the stream's Relation message", async () => {
      await using server = await startPostgres(major, {
        settings: { wal_level: "logical" },
      });
      await using client = await server.connect(await server.createDatabase());
      await makeRoles(client);
      await fillDatabase(client, major);
      const { tables } = await definitionsOf(client);
      const names = tables.map(({ namespace, name }) =>
        quoteQualified(namespace, name),
      );
      await client.query(
        `CREATE PUBLICATION shapes FOR ALL TABLES ${major >= 18 ? "WITH (publish_generated_columns = stored)" : ""}`,
      );
      await client.query(
        "SELECT pg_create_logical_replication_slot('shapes', 'pgoutput')",
      );
      // Every table in one message: each is described before it.
      await client.query(`TRUNCATE ${names.join(", ")} CASCADE`);
      const streamed = await readShapes(client);
      await client.query("SELECT pg_drop_replication_slot('shapes')");
      expect(tables.length).toBeGreaterThan(25);
      for (const { table, shape, name } of tables)
        expect(streamed.get(table), name).toEqual(shape);
      const users = tables.find(({ name }) => name === "users")?.shape.columns;
      expect(users?.some(({ name }) => name === "upper_email")).toBe(
        major >= 18,
      );
    });
  },
  { own: true },
);

/** Reads what pgoutput says about relations and their types. */
async function readShapes(
  client: TestClient,
): Promise<ReadonlyMap<number, Shape>> {
  const builtIn = await client.query<{ oid: number; typname: string }>(
    "SELECT oid, typname FROM pg_type WHERE oid < 16384",
  );
  const types = new Map(builtIn.rows.map((row) => [row.oid, row.typname]));
  const { rows } = await client.query<{ data: Buffer }>(
    `SELECT data FROM pg_logical_slot_peek_binary_changes('shapes', NULL, NULL,
       'proto_version', '1', 'publication_names', ${quoteLiteral("shapes")})`,
  );
  const shapes = new Map<number, Shape>();
  for (const { data } of rows) {
    const message = new MessageReader(data);
    const kind = String.fromCharCode(message.uint8());
    if (kind === "Y") {
      const type = readType(message);
      types.set(type.oid, typeLabel(type));
    } else if (kind === "R") {
      const relation = readRelation(message);
      shapes.set(
        relation.oid,
        relationShape({
          ...relation,
          table: relation.oid,
          columns: relation.columns.map((column) => ({
            name: column.name,
            type: types.get(column.typeOid) ?? "?",
            typeId: column.typeOid,
            typeModifier: column.typeModifier,
            identifies: column.identifies,
          })),
        }),
      );
    }
  }
  return shapes;
}
