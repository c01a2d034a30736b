import { expect, test } from "vitest";
import { Grants } from "../../../../../src/engine/mysql/admin/grants.ts";

test("reads rights on everything, on schemas by patterns, and on tables", () => {
  const grants = new Grants([
    "GRANT RELOAD, REPLICATION SLAVE ON *.* TO `u`@`%`",
    "GRANT SELECT, SHOW VIEW ON `app\\_%`.* TO `u`@`%`",
    "GRANT SELECT (`id`, `note`), INSERT ON `shop`.`orders` TO `u`@`%`",
    "GRANT SELECT ON `shop`.`items` TO `u`@`%` WITH GRANT OPTION",
    "GRANT ALL PRIVILEGES ON `od``d`.* TO `u`@`%`",
    "GRANT `r`@`%` TO `u`@`%`",
  ]);
  expect(grants.hasGlobal("REPLICATION SLAVE")).toBe(true);
  expect(grants.hasGlobal("SELECT")).toBe(false);
  expect(grants.hasOnSchema("app_one", "SELECT")).toBe(true);
  expect(grants.hasOnSchema("apps", "SELECT")).toBe(false);
  expect(grants.hasOnSchema("od`d", "TRIGGER")).toBe(true);
  expect(grants.hasOnTable("shop", "items", "SELECT")).toBe(true);
  // Of some columns only.
  expect(grants.hasOnTable("shop", "orders", "SELECT")).toBe(false);
  expect(grants.hasOnTable("shop", "orders", "INSERT")).toBe(true);
});

test("a partial revoke takes a schema out of a right on everything", () => {
  const grants = new Grants([
    "GRANT SELECT ON *.* TO `u`@`%`",
    "REVOKE SELECT ON `secret`.* FROM `u`@`%`",
  ]);
  expect(grants.hasOnTable("shop", "orders", "SELECT")).toBe(true);
  expect(grants.hasOnTable("secret", "keys", "SELECT")).toBe(false);
});

test("MariaDB's older and newer names are one right", () => {
  for (const name of ["BINLOG MONITOR", "REPLICATION CLIENT"]) {
    const grants = new Grants([
      `GRANT ${name} ON *.* TO \`u\`@\`%\` IDENTIFIED BY PASSWORD '*B69027'`,
    ]);
    expect(grants.hasGlobal("REPLICATION CLIENT")).toBe(true);
  }
});
