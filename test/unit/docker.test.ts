import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../src/config/parse-config.ts";
import { parseSourceName } from "../../src/core/source-name.ts";

interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<
    Record<string, { readonly condition: string }>
  >;
}

const root = new URL("../../", import.meta.url);
const read = (name: string) => readFile(new URL(name, root), "utf8");

async function compose(): Promise<{
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}> {
  const text = await read("docker-compose.yml");
  return parse(text, { merge: true }) as Awaited<ReturnType<typeof compose>>;
}

async function example(env: Readonly<Record<string, string>>) {
  const path = "tidemark.example.yaml";
  return parseConfig({ path, text: await read(path), env });
}

test("the example is a configuration, as it is and in the containers", async () => {
  const { services } = await compose();
  for (const env of [{}, services["tidemark"]?.environment ?? {}]) {
    const config = await example(env);
    expect([...config.sources.keys()]).toEqual(["orders", "shop"]);
  }
});

test("the example's addresses are those of services, and their logins are theirs", async () => {
  const { services } = await compose();
  const env = services["tidemark"]?.environment ?? {};
  const config = await example(env);
  const login = (name: string) =>
    config.sources.get(parseSourceName(name))?.database;
  expect(login("orders")).toMatchObject({
    ...{ engine: "postgres", host: "postgres", port: 5432 },
    database: services["postgres"]?.environment?.["POSTGRES_DB"],
  });
  expect(login("shop")).toMatchObject({
    ...{ engine: "mysql", host: "mysql", port: 3306 },
    database: services["mysql"]?.environment?.["MYSQL_DATABASE"],
  });
  expect(env["ORDERS_PASSWORD"]).toBe(
    services["postgres"]?.environment?.["POSTGRES_PASSWORD"],
  );
  expect(env["SHOP_PASSWORD"]).toBe(
    services["mysql"]?.environment?.["MYSQL_ROOT_PASSWORD"],
  );
  expect(env["AWS_ACCESS_KEY_ID"]).toBe(
    services["s3"]?.environment?.["ROOT_ACCESS_KEY"],
  );
  expect(env["AWS_SECRET_ACCESS_KEY"]).toBe(
    services["s3"]?.environment?.["ROOT_SECRET_KEY"],
  );
  expect(config.journal).toMatchObject({
    kafka: { brokers: [env["KAFKA"]], replicationFactor: 1 },
  });
  expect(
    services["kafka"]?.environment?.["KAFKA_ADVERTISED_LISTENERS"],
  ).toContain(`INSIDE://${env["KAFKA"]}`);
  const bucket = services["bucket"]?.command ?? [];
  expect(bucket.at(-1)).toBe(`${env["S3_ENDPOINT"]}/tidemark`);
  expect(bucket).toContain(
    `${env["AWS_ACCESS_KEY_ID"]}:${env["AWS_SECRET_ACCESS_KEY"]}`,
  );
});

test("every service that is waited for can be, and no port is open to other machines", async () => {
  const { services, volumes } = await compose();
  for (const [name, service] of Object.entries(services)) {
    for (const port of service.ports ?? [])
      expect(port, name).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    for (const volume of service.volumes ?? []) {
      const [from = ""] = volume.split(":");
      if (from.startsWith("."))
        expect(existsSync(new URL(from, root)), volume).toBe(true);
      else expect(Object.keys(volumes)).toContain(from);
    }
    for (const [other, { condition }] of Object.entries(
      service.depends_on ?? {},
    )) {
      expect(Object.keys(services)).toContain(other);
      if (condition === "service_healthy")
        expect(services[other]?.healthcheck, other).toBeDefined();
    }
  }
});

test("MySQL's options are what a source needs", async () => {
  const { services } = await compose();
  expect(services["mysql"]?.command).toEqual(
    expect.arrayContaining([
      "--binlog-row-metadata=FULL",
      "--gtid-mode=ON",
      "--enforce-gtid-consistency=ON",
    ]),
  );
  expect(services["postgres"]?.command).toContain("wal_level=logical");
});

test("the image has what the program runs from, and does not run as root", async () => {
  const lines = (await read("Dockerfile")).split("\n");
  const major = /^FROM node:(\d+)-slim$/m.exec(lines.join("\n"))?.[1];
  const { engines } = JSON.parse(await read("package.json")) as {
    readonly engines: { readonly node: string };
  };
  expect(`>=${major}`).toBe(engines.node);
  expect(lines).toContain("USER node");
  const ignored = (await read(".dockerignore")).split("\n");
  const copied = lines
    .filter((line) => /^COPY (?!--from)/.test(line))
    .flatMap((line) => line.split(" ").slice(1, -1));
  for (const name of new Set(copied)) {
    expect(existsSync(new URL(name, root)), name).toBe(true);
    expect(ignored).toContain(`!${name}`);
  }
});
