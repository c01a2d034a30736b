import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { describePostgres } from "../../support/describe-postgres.ts";
import {
  definitionsOf,
  runDefinitions,
} from "../../support/run-definitions.ts";

const FIXTURES = new URL("../../fixtures/postgres/", import.meta.url);

describePostgres([15, 18], (postgres) => {
  test("makes a database again that reads the same", async () => {
    const original = await postgres.server.createDatabase();
    const copy = await postgres.server.createDatabase();
    await using source = await postgres.server.connect(original);
    await using target = await postgres.server.connect(copy);
    const script = await readFile(
      new URL("every-object.sql", FIXTURES),
      "utf8",
    );
    for (const part of script.split("-- commit"))
      await source.query(`--${part}`);
    const definitions = await definitionsOf(source);
    const failed = await runDefinitions(target, definitions);
    expect(failed).toEqual([]);
    const again = await definitionsOf(target);
    const lines = (d: typeof definitions) =>
      d.objects.map(
        (o) => `${o.phase} ${o.kind} ${o.name}\n${o.statements.join(";\n")}`,
      );
    expect(lines(again)).toEqual(lines(definitions));
  });
});
