import { describe, expect, test } from "vitest";
import {
  databaseLabel,
  type DatabaseUrl,
} from "../../../src/config/database-login.ts";
import { parseMysqlUrl } from "../../../src/config/mysql-url.ts";
import { caught } from "../../support/caught.ts";

const plain: DatabaseUrl = {
  engine: "mysql",
  host: "db",
  port: 3306,
  database: "",
  user: "u",
  password: undefined,
  tls: { mode: undefined, ca: undefined, cert: undefined, key: undefined },
};

describe("a URL names a server, and perhaps one schema", () => {
  const cases: readonly (readonly [string, Partial<DatabaseUrl>])[] = [
    ["mysql://u@db", {}],
    ["mysql://u@db/", {}],
    ["mariadb://u@db:3307/", { port: 3307 }],
    ["mysql://u@db/pay%20ments", { database: "pay ments" }],
    ["mysql://u:p%40s@db/", { password: "p@s" }],
    ["mysql://u@[::1]/", { host: "::1" }],
    [
      "mysql://u@/shop?socket=/run/mysqld.sock",
      { host: "/run/mysqld.sock", database: "shop" },
    ],
    [
      "mysql://u@db/?ssl-mode=REQUIRED",
      { tls: { ...plain.tls, mode: "require" } },
    ],
    [
      "mysql://u@db/?ssl-mode=verify_identity&ssl-ca=/ca&ssl-cert=c&ssl-key=k",
      { tls: { mode: "verify-full", ca: "/ca", cert: "c", key: "k" } },
    ],
  ];
  test.each(cases)("%s", (text, expected) => {
    expect(parseMysqlUrl(text)).toEqual({ ...plain, ...expected });
  });
});

describe("a URL that leaves something open is refused, without being repeated", () => {
  test.each([
    ["postgres://u:SECRET@db/d", "not a MySQL URL"],
    ["mysql://u:SECRET@/d", "host"],
    ["mysql://:SECRET@db/d", "user"],
    ["mysql://u:SECRET@db:0/d", "port"],
    ["mysql://u:SECRET@db/d?ssl-mode=PREFERRED", "may silently go unencrypted"],
    ["mysql://u:SECRET@db/d?ssl-mode=x", "not an ssl-mode"],
    ["mysql://u:SECRET@db/d?ssl_mode=REQUIRED", "unknown parameter"],
    ["mysql://u:SECRET@db/d?socket=/s", "a host and a socket"],
    ["mysql://u:SECRET@/d?socket=s", "no absolute path"],
  ])("%s", async (text, problem) => {
    const error = await caught(() => parseMysqlUrl(text));
    expect(error.code).toBe("USAGE");
    expect(error.message).toContain(problem);
    expect(`${error.message} ${error.hint}`).not.toContain("SECRET");
  });
});

test.each([
  "mysql://u@db:3306/",
  "mysql://u@db:3307/shop",
  "mysql://a%40b@[::1]:3306/or%20ders",
  "mysql://u@/shop?socket=/run/mysqld.sock",
])("%s is its own label", (text) => {
  expect(databaseLabel(parseMysqlUrl(text))).toBe(text);
});
