import { expect, test } from "vitest";
import { ORDINARY } from "../../../oracle/intensity.ts";
import { planTransaction } from "../../../oracle/mysql/plan-transaction.ts";
import { listTables } from "../../../oracle/mysql/tables.ts";
import { createRandom } from "../../../oracle/random.ts";

const intensity = { ...ORDINARY, big: 0.01, bigRows: 100 };
const tables = listTables("mysql-9", intensity.keys);

function plan(seed: string, count: number) {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, number) =>
    planTransaction(tables, intensity, random.fork(number)),
  );
}

test("a seed makes the same transactions again, another seed others", () => {
  expect(plan("a", 200)).toEqual(plan("a", 200));
  expect(plan("a", 20)).not.toEqual(plan("b", 20));
});

test("a transaction does not depend on those before it", () => {
  const random = createRandom("a").fork(150);
  expect(planTransaction(tables, intensity, random)).toEqual(
    plan("a", 151)[150],
  );
});

test("every table is changed, and every way to change one is taken", () => {
  const plans = plan("c", 4_000);
  const text = plans
    .flatMap(({ steps }) => steps.map(({ sql }) => sql))
    .join("\n");
  for (const { name } of tables) expect(text).toContain(name);
  for (const part of [
    ...["INSERT INTO", "INSERT IGNORE", "ON DUPLICATE KEY UPDATE", "REPLACE"],
    ...["UPDATE IGNORE", "DELETE FROM", "DELETE o, l", "LOAD DATA", "TRUNCATE"],
    ...["SAVEPOINT", "ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT", "CALL"],
    ...["CREATE TEMPORARY TABLE", "ANALYZE TABLE", "WITH RECURSIVE"],
    ...["slug = 'a slug between two'", "LIMIT 1", '/* {"user":"alice"} */'],
  ]) {
    expect(text).toContain(part);
  }
  const ends = new Set(plans.map(({ end }) => end.kind));
  expect(ends).toEqual(new Set(["COMMIT", "ROLLBACK", "autocommit", "XA"]));
  const decisions = plans.flatMap(({ end }) =>
    end.kind === "XA" ? [`${end.decision} ${end.elsewhere}`] : [],
  );
  expect(new Set(decisions).size).toBe(4);
});

test.each(["mysql-9", "mariadb-10.11", "mariadb-11.8"] as const)(
  "%s has the types that the others do not have",
  (version) => {
    const all = listTables(version, 10).find(
      ({ name }) => name === "oracle.every_type",
    );
    const names = all?.columns.map(({ name }) => name) ?? [];
    expect(names).toContain("a_json");
    expect(names.includes("a_srid")).toBe(version === "mysql-9");
    expect(names.includes("a_uuid")).toBe(version !== "mysql-9");
    expect(names.includes("a_vector")).toBe(version !== "mariadb-10.11");
  },
);
