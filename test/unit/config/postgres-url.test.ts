import { describe, expect, test } from "vitest";
import {
  databaseLabel,
  type DatabaseUrl,
} from "../../../src/config/database-login.ts";
import { parsePostgresUrl } from "../../../src/config/postgres-url.ts";
import { carriesPassword } from "../../../src/config/url-parts.ts";
import { caught } from "../../support/caught.ts";

const plain: DatabaseUrl = {
  engine: "postgres",
  host: "db",
  port: 5432,
  database: "orders",
  user: "u",
  password: undefined,
  tls: { mode: undefined, ca: undefined, cert: undefined, key: undefined },
};

describe("a URL is read as libpq reads it", () => {
  const cases: readonly (readonly [string, Partial<DatabaseUrl>])[] = [
    ["postgres://u@db/orders", {}],
    ["postgresql://u@db/orders", {}],
    ["postgres://u@db:5433/orders", { port: 5433 }],
    ["postgres://u:pw@db/orders", { password: "pw" }],
    ["postgres://u:p%40s%2Fs%23@db/orders", { password: "p@s/s#" }],
    ["postgres://u:a:b@db/orders", { password: "a:b" }],
    ["postgres://a%40b@db/or%20ders", { user: "a@b", database: "or ders" }],
    ["postgres://u@[::1]:5433/orders", { host: "::1", port: 5433 }],
    ["postgres://u@%2Fvar%2Frun/orders", { host: "/var/run" }],
    ["postgres://u@/orders?host=/var/run", { host: "/var/run" }],
    ["postgres:///?host=db&user=u&dbname=orders&port=1", { port: 1 }],
    ["postgres://u@db/orders?password=x%26y", { password: "x&y" }],
    [
      "postgres://u@db/orders?sslmode=require",
      { tls: { ...plain.tls, mode: "require" } },
    ],
    [
      "postgres://u@db/orders?sslmode=verify-ca&sslrootcert=/ca&sslcert=c&sslkey=k",
      {
        tls: { mode: "verify-ca", ca: "/ca", cert: "c", key: "k" },
      },
    ],
  ];
  test.each(cases)("%s", (text, expected) => {
    expect(parsePostgresUrl(text)).toEqual({ ...plain, ...expected });
  });
});

describe("a URL that leaves something open is refused, without being repeated", () => {
  test.each([
    ["", "not a Postgres URL"],
    ["orders", "not a Postgres URL"],
    ["mysql://u:SECRET@db/orders", "not a Postgres URL"],
    ["host=db user=u password=SECRET", "not a Postgres URL"],
    ["postgres://u:SECRET@db:port/orders", "not a Postgres URL"],
    ["postgres://u:SECRET@/orders", "host"],
    ["postgres://u:SECRET@:5432/orders", "host"],
    ["postgres:///orders?user=u", "host"],
    ["postgres://:SECRET@db/orders", "user"],
    ["postgres://u:SECRET@db", "database"],
    ["postgres://u:SECRET@db/", "database"],
    ["postgres://u:SE#CRET@db/orders", ""],
    ["postgres://u:SECRET@db/orders#x", "%23"],
    ["postgres://u:SECRET%zz@db/orders", "%25"],
    ["postgres://u:SECRET@db:0/orders", "port"],
    ["postgres://u:SECRET@db/orders?host=db2", "host twice"],
    ["postgres://u:SECRET@db/orders?password=SECRET", "password twice"],
    ["postgres://u:SECRET@/orders?host=a,b", "several hosts"],
    ["postgres://u@a%2Cb/orders", "several hosts"],
    ["postgres://u:SECRET@db/orders?sslmode=prefer", "unencrypted"],
    ["postgres://u:SECRET@db/orders?sslmode=on", "not a TLS mode"],
    ["postgres://u:SECRET@db/orders?ssl=true", "unknown parameter"],
    ["postgres://u@db/orders?sslrootcert=system", "verify-full"],
    ["postgres://u@db/orders?sslmode=disable&sslmode=require", "sslmode twice"],
  ])("%s", async (text, why) => {
    const error = await caught(() => parsePostgresUrl(text));
    expect(error.code).toBe("USAGE");
    expect(error.message).toContain(why);
    expect(`${error.message} ${error.hint}`).not.toContain("SECRET");
  });
});

test.each([
  "postgres://u@db:5433/orders",
  "postgres://u@[::1]:1/o%20x",
  "postgres://u@/orders?host=/var/run&port=5433",
])("the label of %s is the same URL", (text) => {
  const url = parsePostgresUrl(text);
  expect(databaseLabel(url)).toBe(text);
});

test("the nearest parameter is named", async () => {
  const error = await caught(() =>
    parsePostgresUrl("postgres://u@db/orders?ssl_mode=require"),
  );
  expect(error.hint).toContain("sslmode");
});

test.each([
  ["postgres://u:p@db/orders", true],
  ["postgres://u:@db/orders", true],
  ["POSTGRES://u:p@db/orders", true],
  ["postgres://u:p@d b/orders", true],
  ["postgres://u@db/orders?password=x", true],
  ["postgres://u@db/orders?sslmode=require&PASSWORD=x", true],
  ["postgres://u@db/orders", false],
  ["postgres://u@db:5432/orders", false],
  ["postgres://u@[::1]:5432/orders", false],
  ["postgres://u@/orders?host=/a:b@c", false],
  ["env:NAME", false],
])("whether %s carries a password: %s", (text, carries) => {
  expect(carriesPassword(text)).toBe(carries);
});
