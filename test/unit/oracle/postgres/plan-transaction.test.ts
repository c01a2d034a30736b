import { expect, test } from "vitest";
import { ORDINARY } from "../../../oracle/intensity.ts";
import { planTransaction } from "../../../oracle/postgres/plan-transaction.ts";
import { listTables } from "../../../oracle/postgres/tables.ts";
import { createRandom } from "../../../oracle/random.ts";

const intensity = { ...ORDINARY, big: 0.01, bigRows: 100 };
const tables = listTables(intensity.keys);

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
  const steps = plan("c", 4_000).flatMap((each) => each.steps);
  const text = steps.map((step) => step.sql).join("\n");
  for (const { name } of tables) expect(text).toContain(name);
  for (const part of [
    ...["INSERT INTO", "ON CONFLICT (", "UPDATE", "DELETE FROM", "COPY"],
    ...["TRUNCATE", "SAVEPOINT", "ROLLBACK TO", "RELEASE", "nextval"],
    ...["setval", "pg_logical_emit_message(true", "tidemark.context"],
    ...["slug = 'a slug between two'", "ctid =", "generate_series"],
  ]) {
    expect(text).toContain(part);
  }
  const ends = new Set(plan("c", 400).map((each) => each.end));
  expect(ends).toEqual(new Set(["COMMIT", "ROLLBACK", "autocommit"]));
});

test("the generator's numbers are spread over their range", () => {
  const random = createRandom("spread");
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 100_000; draw++) {
    const digit = random.integer(0, 9);
    counts[digit] = (counts[digit] ?? 0) + 1;
  }
  // Six standard deviations: the seed is fixed, so this holds always or never.
  for (const count of counts)
    expect(Math.abs(count - 10_000)).toBeLessThan(570);
});
