import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { probeStore } from "../../../src/archive/probe-store.ts";
import {
  describeS3,
  openStoreOf,
  type S3Suite,
} from "../../support/describe-s3.ts";
import { never } from "../../support/never.ts";
import { startS3Liar } from "../../support/s3-liar.ts";
import { grantPolicy } from "../../support/s3-policy.ts";
import type { S3Login } from "../../support/s3-server.ts";
import { spawnCli } from "../../support/spawn-cli.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

interface Finding {
  readonly where: string;
  readonly severity: string;
  readonly code: string;
  readonly message: string;
  readonly mend: string;
}

interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command of a folder whose archive is a place in S3, and whose source does not answer: what is tried comes before it is asked. */
async function command(
  s3: S3Suite,
  asked: {
    readonly argv: readonly string[];
    readonly bucket: string;
    readonly login?: S3Login;
    readonly endpoint?: string;
  },
): Promise<Ended> {
  await using folder = await tempDirectory();
  const { endpoint = s3.server.endpoint, login = s3.server.root } = asked;
  await writeFile(
    join(folder.path, "tidemark.yaml"),
    `sources:
  orders: { postgres: "postgres://nobody@127.0.0.1:1/orders" }
archive:
  - s3: { bucket: ${asked.bucket}, prefix: tidemark, endpoint: "${endpoint}" }\n`,
  );
  return await spawnCli(asked.argv, {
    cwd: folder.path,
    env: {
      AWS_ACCESS_KEY_ID: login.accessKeyId,
      AWS_SECRET_ACCESS_KEY: login.secretAccessKey,
    },
  }).ended;
}

async function check(
  s3: S3Suite,
  place: {
    readonly bucket: string;
    readonly login?: S3Login;
    readonly endpoint?: string;
  },
) {
  const ended = await command(s3, { ...place, argv: ["check", "--json"] });
  const { findings } = JSON.parse(ended.stdout) as {
    readonly findings: readonly Finding[];
  };
  return findings.filter(({ where }) => where === "archive");
}

describeS3("an archive in S3 that cannot be", (s3) => {
  test("nobody's login: exit code 8, and where a login comes from", async () => {
    const bucket = await s3.server.makeBucket();
    for (const login of [
      { accessKeyId: "nobody", secretAccessKey: "SECRET-1" },
      { ...s3.server.root, secretAccessKey: "SECRET-2" },
    ]) {
      for (const argv of [["run"], ["sources"]]) {
        const ended = await command(s3, { argv, bucket, login });
        expect(ended.exitCode).toBe(8);
        expect(ended.stderr).toContain("ACCESS_DENIED");
        expect(ended.stderr).toContain("AWS_ACCESS_KEY_ID");
        expect(ended.stderr).not.toContain("SECRET-");
      }
    }
  });

  test("no login at all: exit code 8", async () => {
    const bucket = await s3.server.makeBucket();
    const login = { accessKeyId: "", secretAccessKey: "" };
    // The last link of the chain would ask a cloud's own address.
    const ended = await command(s3, { argv: ["sources"], bucket, login });
    expect(ended.exitCode).toBe(8);
    expect(ended.stderr).toContain("ACCESS_DENIED");
  });

  test("a bucket that is not there: exit code 6, for who reads and who writes", async () => {
    for (const argv of [
      ["run"],
      ["sources"],
      ["windows", "orders", "--archive"],
    ]) {
      const url = `s3://nowhere/tidemark?endpoint=${s3.server.endpoint}`;
      const ended = await command(s3, {
        argv: argv.includes("--archive") ? [...argv, url] : argv,
        bucket: "nowhere",
      });
      expect(ended.exitCode).toBe(6);
      expect(ended.stderr).toContain("there is no bucket nowhere");
      expect(ended.stderr).toContain("create-bucket");
    }
    const findings = await check(s3, { bucket: "nowhere" });
    expect(findings).toMatchObject([{ severity: "error", code: "NOT_FOUND" }]);
  });

  test("a service that does not answer: exit code 8", async () => {
    const endpoint = "http://127.0.0.1:1";
    const place = { bucket: "backups", endpoint };
    const ended = await command(s3, { ...place, argv: ["sources"] });
    expect(ended.exitCode).toBe(8);
    expect(ended.stderr).toContain("STORE_UNREACHABLE");
    expect(ended.stderr).toContain("ECONNREFUSED");
  });

  test.each([
    ["s3:ListBucket", "sources"],
    ["s3:GetObject", "run"],
    ["s3:PutObject", "run"],
  ])(
    "a login without %s: exit code 4, and the right by name",
    async (without, meets) => {
      const bucket = await s3.server.makeBucket();
      const login = await s3.server.makeUser();
      await grantPolicy(s3.server, bucket, [
        { policy: "run", user: login, without },
      ]);
      const ended = await command(s3, { argv: [meets], bucket, login });
      expect(ended.exitCode).toBe(4);
      expect(ended.stderr).toContain("RIGHT_MISSING");
      expect(ended.stderr).toContain(without);
      const findings = await check(s3, { bucket, login });
      const missing = findings.filter(({ code }) => code === "RIGHT_MISSING");
      expect(missing).toMatchObject([{ severity: "error" }]);
      expect(missing[0]?.mend).toContain(without);
    },
  );

  test("the rights of the page are enough, and check says what whoever has them cannot see", async () => {
    const bucket = await s3.server.makeBucket();
    const [runs, checks] = [
      await s3.server.makeUser(),
      await s3.server.makeUser(),
    ];
    await grantPolicy(s3.server, bucket, [
      { policy: "run", user: runs },
      { policy: "check", user: checks },
    ]);
    for (const login of [runs, checks]) {
      const findings = await check(s3, { bucket, login });
      expect(findings.filter(({ severity }) => severity === "error")).toEqual(
        [],
      );
    }
  });

  test("a service whose conditional writes do not hold at once is refused by run and by check", async () => {
    await using liar = await startS3Liar(s3.server);
    const bucket = await s3.server.makeBucket();
    const place = { bucket, endpoint: liar.endpoint };
    await using store = await openStoreOf(s3.server, place);
    // One after another it is right.
    const body = { kind: "bytes", bytes: Buffer.from("x") } as const;
    await store.create("k", body, never);
    await expect(store.create("k", body, never)).rejects.toMatchObject({
      code: "OBJECT_EXISTS",
    });
    await expect(probeStore(store, never)).rejects.toMatchObject({
      code: "PREFLIGHT",
      message: expect.stringContaining("racing writers won") as string,
    });
    const ended = await command(s3, { ...place, argv: ["run"] });
    expect(ended.exitCode).toBe(4);
    expect(ended.stderr).toContain("cannot hold an archive");
    expect(await check(s3, place)).toContainEqual(
      expect.objectContaining({ severity: "error", code: "PREFLIGHT" }),
    );
    await using honest = await openStoreOf(s3.server, { bucket });
    await probeStore(honest, never);
  });
});
