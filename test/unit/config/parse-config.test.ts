import { describe, expect, test } from "vitest";
import type { Config } from "../../../src/config/config.ts";
import { parseConfig } from "../../../src/config/parse-config.ts";
import { parseSourceName } from "../../../src/core/source-name.ts";
import { caught } from "../../support/caught.ts";

const env = { ORDERS_URL: "postgres://u:SECRET@db.example.com/orders" };
const archive = "archive: [{ directory: ./archive }]\n";

function parse(text: string): Config {
  return parseConfig({ path: "/etc/tidemark/tidemark.yaml", text, env });
}

function orders(config: Config) {
  const source = config.sources.get(parseSourceName("orders"));
  if (source === undefined) throw new Error("there is no source orders");
  return source;
}

test("the smallest file has every default", async () => {
  const config = parse(`sources: { orders: { postgres: "\${ORDERS_URL}" } }
${archive}`);
  const source = orders(config);
  expect(source).toMatchObject({ rpoMs: 10_000, baseEveryMs: 86_400_000 });
  expect(source.tables.patterns).toEqual([]);
  expect(source.database).toMatchObject({
    host: "db.example.com",
    port: 5432,
    database: "orders",
    user: "u",
    tls: { mode: "verify-full" },
    label: "postgres://u@db.example.com:5432/orders",
  });
  expect(await source.database.password()).toBe("SECRET");
  expect(config).toMatchObject({
    path: "/etc/tidemark/tidemark.yaml",
    journal: { directory: "/etc/tidemark/tidemark/journal" },
    archive: { directory: "/etc/tidemark/archive" },
    http: { host: "127.0.0.1", port: 7070 },
  });
  expect(config.targets.size).toBe(0);
  expect(await config.http.token()).toBe(undefined);
});

test("every key is taken", () => {
  const config = parse(`
sources:
  orders:
    postgres: postgres://u@db/orders
    tables: ["app.*", "!app.tmp_*"]
    rpo: 30s
    base: { every: 6h }
    passwordCommand: echo x
    tls: { mode: verify-ca, ca: ca.pem, cert: /c.pem, key: ../k.pem }
journal: { directory: /var/lib/tidemark }
${archive}
targets:
  scratch: { postgres: "postgres://u@localhost/scratch", passwordFile: pw }
http: { listen: "[::1]:80", tokenFile: token }
`);
  const source = orders(config);
  expect(source).toMatchObject({
    rpoMs: 30_000,
    baseEveryMs: 21_600_000,
    database: {
      tls: {
        mode: "verify-ca",
        caFile: "/etc/tidemark/ca.pem",
        certFile: "/c.pem",
        keyFile: "/etc/k.pem",
      },
    },
  });
  expect(source.tables.selects({ namespace: "app", name: "a" })).toBe(true);
  expect(config.journal).toEqual({ directory: "/var/lib/tidemark" });
  expect(config.workDirectory).toBe("/var/lib/tidemark");
  expect(config.targets.get("scratch")?.tls.mode).toBe("disable");
  expect(config.http).toMatchObject({ host: "::1", port: 80 });
});

test("no secret is visible in what a config prints as", () => {
  const config = parse(`sources: { orders: { postgres: "\${ORDERS_URL}" } }
${archive}`);
  expect(JSON.stringify([...config.sources.values()])).not.toContain("SECRET");
});

test.each(["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "%2Ftmp"])(
  "TLS is not asked for on %s",
  (host) => {
    const config = parse(
      `sources: { orders: { postgres: "postgres://u@${host}/d" } }\n${archive}`,
    );
    expect(orders(config).database.tls.mode).toBe("disable");
  },
);

describe("a problem is told with line, key and what to write", () => {
  const cases: readonly (readonly [
    name: string,
    text: string,
    ...problems: string[],
  ])[] = [
    ["no archive", "", "tidemark.yaml:1: archive: is missing"],
    [
      "a misspelt key",
      `${archive}sources:\n  orders:\n    postgress: x\n`,
      'tidemark.yaml:4: unknown key "postgress" in sources.orders; nearest: postgres',
      'tidemark.yaml:3: sources.orders: expected postgres: "…" or mysql: "…"',
    ],
    [
      "a key in the wrong place",
      `${archive}rpo: 10s\n`,
      'tidemark.yaml:2: unknown key "rpo"; it belongs in sources.<name>.rpo',
    ],
    [
      "a key like no other",
      `${archive}http:\n  colour: red\n`,
      'tidemark.yaml:3: unknown key "colour" in http; known: listen, tokenFile',
    ],
    [
      "a number for a duration",
      `${archive}sources:\n  orders: { postgres: "postgres://u@db/d",\n    rpo: 10 }\n`,
      "tidemark.yaml:4: sources.orders.rpo: expected a duration",
    ],
    [
      "a duration out of range",
      `${archive}sources:\n  orders: { postgres: "postgres://u@db/d",\n    rpo: 2h }\n`,
      "tidemark.yaml:4: sources.orders.rpo: must be from 1s to 1h",
    ],
    [
      "a name that is none",
      `${archive}sources:\n  Orders: { postgres: "postgres://u@db/d" }\n`,
      "tidemark.yaml:3: sources.Orders: is not a name",
    ],
    [
      "a pattern that is none",
      `${archive}sources:\n  orders:\n    postgres: "postgres://u@db/d"\n    tables:\n      - app.*\n      - orders\n`,
      'tidemark.yaml:7: sources.orders.tables.1: "orders" is not a pattern',
    ],
    [
      "a list where keys belong",
      "- 1\n",
      "tidemark.yaml:1: expected some of the keys sources, journal, archive",
    ],
    [
      "a source of nothing",
      `${archive}sources:\n  orders:\n`,
      "tidemark.yaml:3: sources.orders: expected some of the keys postgres, ",
    ],
    [
      "an archive that is text",
      "archive: ./archive-of-history\n",
      "tidemark.yaml:1: archive: expected a list with one entry",
    ],
    [
      "an alias of itself",
      `${archive}targets: &all\n  a: *all\n`,
      "tidemark.yaml:3: *all lies within what it stands for",
    ],
    [
      "an archive that is no list",
      "archive: { directory: x }\n",
      "tidemark.yaml:1: archive: expected a list with one entry",
    ],
    ["an archive of nothing", "archive: []\n", "archive: expected one entry"],
    [
      "an archive nowhere",
      "archive:\n  - {}\n",
      "tidemark.yaml:2: archive.0: expected directory",
    ],
    [
      "an archive in two places",
      "archive:\n  - directory: a\n    s3: { bucket: backups }\n",
      "tidemark.yaml:3: archive.0.s3: there is a directory too",
    ],
    [
      "all that can be wrong with a place in S3",
      `archive:
  - s3:
      bucket: My_Bucket
      prefix: /a//b
      region: Frankfurt am Main
      endpoint: "https://key:SECRET@host"
      pathStyle: maybe
      storageClass: DEEP_ARCHIVE
      acl: public
`,
      "tidemark.yaml:3: archive.0.s3.bucket: it is not the name of a bucket",
      "tidemark.yaml:4: archive.0.s3.prefix: it is not a prefix",
      "tidemark.yaml:5: archive.0.s3.region: it is not a region",
      "tidemark.yaml:6: archive.0.s3.endpoint: it is not an endpoint",
      "tidemark.yaml:7: archive.0.s3.pathStyle: expected true or false",
      "tidemark.yaml:8: archive.0.s3.storageClass: expected one of STANDARD",
      'tidemark.yaml:9: unknown key "acl" in archive.0.s3',
    ],
    [
      "a bucket that does not list in order",
      "archive: [{ s3: { bucket: backups--euc1-az1--x-s3 } }]\n",
      "a directory bucket holds no archive",
    ],
    [
      "no bucket",
      "archive: [{ s3: { prefix: a } }]\n",
      "tidemark.yaml:1: archive.0.s3.bucket: is missing",
    ],
    [
      "a key twice",
      `${archive}journal: { directory: a }\njournal: { directory: b }\n`,
      'tidemark.yaml:3: "journal" is there twice in one place',
    ],
    [
      "two documents",
      `${archive}---\n${archive}`,
      "tidemark.yaml:2: a second document begins here",
    ],
    ["no YAML", "archive: [\n", "tidemark.yaml:2: "],
    [
      "two passwords",
      `${archive}targets:\n  t:\n    postgres: "\${ORDERS_URL}"\n    passwordFile: x\n`,
      "tidemark.yaml:5: targets.t.passwordFile: the URL has a password too",
    ],
    [
      "a password file and a command",
      `${archive}targets:\n  t:\n    postgres: "postgres://u@h/d"\n    passwordFile: x\n    passwordCommand: y\n`,
      "tidemark.yaml:5: targets.t.passwordFile: there is a passwordCommand too",
    ],
    [
      "a TLS mode said twice",
      `${archive}targets:\n  t:\n    postgres: "postgres://u@h/d?sslmode=require"\n    tls: { mode: require }\n`,
      "tidemark.yaml:5: targets.t.tls.mode: the URL says it too",
    ],
    [
      "certificates that nothing reads",
      `${archive}targets:\n  t:\n    postgres: "postgres://u@localhost/d"\n    tls: { ca: x }\n`,
      "targets.t.tls: certificates have no effect",
    ],
    [
      "a ca that nothing checks",
      `${archive}targets:\n  t:\n    postgres: "postgres://u@h/d"\n    tls: { mode: require, ca: x }\n`,
      "targets.t.tls.ca: has no effect with mode require",
    ],
    [
      "half a client certificate",
      `${archive}targets:\n  t:\n    postgres: "postgres://u@h/d"\n    tls: { cert: x }\n`,
      "targets.t.tls: cert and key belong together",
    ],
    [
      "TLS over a socket",
      `${archive}targets:\n  t:\n    postgres: "postgres://u@/d?host=/tmp"\n    tls: { mode: verify-full }\n`,
      "tidemark.yaml:5: targets.t.tls: a Unix socket has no TLS",
    ],
    [
      "an archive in the journal",
      "journal: { directory: a }\narchive: [{ directory: a/b }]\n",
      "tidemark.yaml:2: archive.0.directory: lies in journal.directory",
    ],
    [
      "one directory for both",
      "journal: { directory: a }\narchive: [{ directory: ./x/../a }]\n",
      "tidemark.yaml:2: archive.0.directory: lies in journal.directory",
    ],
    [
      "a journal in the archive",
      "archive: [{ directory: tidemark }]\n",
      "journal.directory: lies in the archive's",
    ],
    [
      "a key of JavaScript's own",
      `${archive}__proto__: { a: 1 }\n`,
      'unknown key "__proto__"',
    ],
    [
      "a source of JavaScript's own",
      `${archive}sources: { __proto__: { postgres: "postgres://u@db/d" } }\n`,
      'tidemark.yaml:2: unknown key "__proto__"',
    ],
    [
      "a variable that is not set",
      `${archive}sources:\n  orders:\n    postgres: "\${UNSET}"\n`,
      "tidemark.yaml:4: UNSET is not set",
    ],
  ];
  test.each(cases)("%s", async (_name, text, ...problems) => {
    const error = await caught(() => parse(text));
    expect(error.code).toBe("CONFIG");
    for (const problem of problems) expect(error.message).toContain(problem);
    expect(error.message.split("\n")).toHaveLength(problems.length);
    expect(error.message).not.toContain("SECRET");
  });
});

test("an archive in S3", () => {
  const nothing = {
    ...{ region: undefined, endpoint: undefined },
    ...{ pathStyle: undefined, storageClass: undefined },
  };
  expect(parse("archive: [{ s3: { bucket: backups } }]\n").archive).toEqual({
    s3: { bucket: "backups", prefix: "", ...nothing },
  });
  const all = `archive:
  - s3:
      bucket: backups
      prefix: tidemark/eu/
      region: eu-central-1
      endpoint: http://127.0.0.1:9000/
      pathStyle: false
      storageClass: STANDARD_IA
`;
  expect(parse(all).archive).toEqual({
    s3: {
      bucket: "backups",
      prefix: "tidemark/eu",
      region: "eu-central-1",
      endpoint: "http://127.0.0.1:9000",
      pathStyle: false,
      storageClass: "STANDARD_IA",
    },
  });
});

test("a variable without quotes inside braces is explained", async () => {
  const error = await caught(() =>
    parse("sources:\n  orders: { postgres: ${ORDERS_URL} }\n"),
  );
  expect(error.message).toContain("tidemark.yaml:2");
  expect(error.hint).toContain('"${NAME}"');
});

test("a variable in quotes has no part in another mistake of its line", async () => {
  const line = '  orders: { postgres: "${ORDERS_URL}" }\n';
  const error = await caught(() => parse(`sources:\n${line}${line}`));
  expect(error.message).toBe(
    'tidemark.yaml:3: "orders" is there twice in one place',
  );
  expect(error.hint).toBe("keep one of them");
});

test("a line is found through an alias", async () => {
  const error = await caught(() =>
    parse(`${archive}targets:
  a: &same
    postgres: postgres://u@h/d
    colour: red
  b: *same
`),
  );
  expect(error.message.split("\n")).toEqual([
    expect.stringContaining(
      'tidemark.yaml:5: unknown key "colour" in targets.a',
    ),
    expect.stringContaining(
      'tidemark.yaml:5: unknown key "colour" in targets.b',
    ),
  ]);
});

describe("what a later version has is said to be not in this one", () => {
  test.each([
    [
      "sources: { orders: { retention: { daily: 3 } } }",
      "sources.orders.retention",
    ],
    ["sources: { orders: { walBudget: 1GiB } }", "sources.orders.walBudget"],
    ["journal: { budget: 1GiB }", "journal.budget"],
    ["archive: [{ directory: a }, { directory: b }]", "archive.1"],
    ["encryption: { recipients: [a] }", "encryption"],
    ['notify: [{ webhook: "${HOOK_URL}" }]', "notify"],
    ["shutdownTimeout: 10s", "shutdownTimeout"],
  ])("%s", async (text, key) => {
    const error = await caught(() => parse(`# one line before\n${text}\n`));
    expect(error.code).toBe("NOT_IN_THIS_VERSION");
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain(
      `tidemark.yaml:2: ${key} is not in this version: `,
    );
  });
});
