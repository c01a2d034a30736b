import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import {
  chmod,
  chown,
  copyFile,
  readFile,
  stat,
  writeFile,
} from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { connect as tlsConnect } from "node:tls";
import { expect, test } from "vitest";
import {
  hasOpenssl,
  makeAuthority,
  type Authority,
  type Issued,
} from "../support/certificates.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { missingService } from "../support/missing-service.ts";
import { uniqueName } from "../support/postgres-client.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { spawnCli } from "../support/spawn-cli.ts";
import { tempDirectory } from "../support/temp-directory.ts";
import { waitUntil } from "../support/wait-until.ts";

const PATIENCE_MS = 60_000;

/** A server that lets role `secure` in over TLS alone, and a folder with a configuration. */
interface SecureShop extends AsyncDisposable {
  readonly server: TestPostgres;
  readonly authority: Authority;
  readonly stranger: Authority;
  present(certificate: Issued): Promise<void>;
  sql(text: string, database?: string): Promise<readonly unknown[]>;
  /** The source's login, and that of the target `restored`. */
  configure(
    tls: Readonly<Record<string, string>>,
    host?: string,
  ): Promise<void>;
  cli(argv: readonly string[], target?: string): ReturnType<typeof spawnCli>;
}

describePostgres(
  [15, 18],
  ({ major }) => {
    test("capture, base and restore over TLS, to the server whose certificate is right and to no other", async ({
      skip,
    }) => {
      if (!(await hasOpenssl()))
        missingService("openssl", "install openssl", skip);
      await using shop = await openShop(major);
      const ca = shop.authority.caFile;
      await expectRefused(shop, {
        tls: { mode: "verify-full", ca },
        says: "does not support SSL",
        hint: "ssl = on",
      });
      await shop.present(await shop.authority.issue("DNS:localhost"));
      await expectRefused(shop, {
        tls: { mode: "disable" },
        says: "pg_hba.conf",
        hint: "TLS mode",
      });
      await expectRefused(shop, {
        tls: { mode: "verify-full", ca: shop.stranger.caFile },
        says: "certificate",
        hint: "tls.ca",
      });
      await expectRefused(shop, {
        tls: { mode: "verify-full" },
        says: "certificate",
        hint: "tls.ca",
      });
      await expectRefused(shop, {
        ...{ tls: { mode: "verify-full", ca }, host: "127.0.0.1" },
        says: "127.0.0.1",
        hint: "verify-ca",
      });

      await shop.configure({ mode: "verify-full", ca });
      await expectCaptured(shop, 1);
      // An address in the place of a name.
      await shop.present(await shop.authority.issue("IP:127.0.0.1"));
      await shop.configure({ mode: "verify-full", ca }, "127.0.0.1");
      await expectCaptured(shop, 2);
      await shop.configure({ mode: "verify-ca", ca }, "localhost");
      await expectCaptured(shop, 3);
    }, 300_000);

    test("a file of tls: that is not what it should be is said", async ({
      skip,
    }) => {
      if (!(await hasOpenssl()))
        missingService("openssl", "install openssl", skip);
      await using shop = await openShop(major);
      await shop.present(await shop.authority.issue("DNS:localhost"));
      const [cert, key] = ["tidemark.yaml", "tidemark.yaml"];
      await shop.configure({ mode: "require", cert, key });
      const ended = await shop.cli(["prepare", "orders"]).ended;
      expect(ended, ended.stderr).toMatchObject({ exitCode: 2 });
      expect(ended.stderr).toContain("error CONFIG");
      expect(ended.stderr).toContain("tls:");
    });
  },
  { own: true },
);

async function expectRefused(
  shop: SecureShop,
  how: {
    readonly tls: Readonly<Record<string, string>>;
    readonly host?: string;
    readonly says: string;
    readonly hint: string;
  },
): Promise<void> {
  await shop.configure(how.tls, how.host);
  const ended = await shop.cli(["prepare", "orders"]).ended;
  const label = `${JSON.stringify(how)}: ${ended.stderr}`;
  expect(ended.exitCode, label).toBe(8);
  expect(ended.stderr, label).toContain(how.says);
  expect(ended.stderr, label).toContain(how.hint);
}

/** A row that is written while `run` streams over TLS is in the restore of then. */
async function expectCaptured(shop: SecureShop, id: number): Promise<void> {
  await succeed(shop, ["prepare", "orders"]);
  const run = shop.cli(["run"]);
  try {
    await waitUntil(
      "it streams over TLS",
      async () => {
        const streams = await shop.sql(
          "SELECT FROM pg_stat_replication JOIN pg_stat_ssl USING (pid) WHERE usename = 'secure' AND ssl",
        );
        return streams.length > 0;
      },
      PATIENCE_MS,
    );
    await shop.sql(`INSERT INTO orders VALUES (${id}, repeat('x', 100000))`);
    await succeed(shop, ["base", "orders"]);
  } finally {
    run.child.kill("SIGTERM");
  }
  const ended = await run.ended;
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
  expect(ended.stderr).not.toContain("Warning");
  const target = uniqueName("restored");
  const restore = ["restore", "orders", "--at", "latest", "--into", "restored"];
  await succeed(shop, restore, target);
  const rows = "SELECT * FROM orders ORDER BY id";
  expect(await shop.sql(rows, target)).toEqual(await shop.sql(rows));
}

async function succeed(
  shop: SecureShop,
  argv: readonly string[],
  target?: string,
): Promise<void> {
  const ended = await shop.cli(argv, target).ended;
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
}

async function openShop(major: number): Promise<SecureShop> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startPostgres(major));
  const { path: cwd } = stack.use(await tempDirectory());
  const database = await server.createDatabase();
  const sql = async (text: string, to = database) => {
    await using client = await server.connect(to);
    return (await client.query<Record<string, unknown>>(text)).rows;
  };
  await sql("CREATE TABLE orders (id int PRIMARY KEY, note text)");
  await sql("CREATE ROLE secure SUPERUSER LOGIN PASSWORD 'only over TLS'");
  const hba = join(server.dataDirectory, "pg_hba.conf");
  const rules = await readFile(hba, "utf8");
  await writeFile(hba, `hostnossl all secure all reject\n${rules}`);
  await sql("SELECT pg_reload_conf()");
  const owned = stack.move();
  return {
    ...{ server, sql },
    authority: await makeAuthority(cwd, "authority"),
    stranger: await makeAuthority(cwd, "stranger"),
    present: (certificate) => present(server, certificate),
    configure: (tls, host = "localhost") => {
      const login = (variable: string) =>
        `{ postgres: "\${${variable}}@${host}:${server.port}/\${${variable}_DB}", tls: ${JSON.stringify(tls)} }`;
      return writeFile(
        join(cwd, "tidemark.yaml"),
        `sources:\n  orders: ${login("LOGIN").replace(" }", ", rpo: 1s }")}\ntargets:\n  restored: ${login("LOGIN").replace("LOGIN_DB", "TARGET_DB")}\n` +
          `journal: { directory: ./journal }\narchive: [{ directory: ./archive }]\nhttp: { listen: "127.0.0.1:0" }\n`,
      );
    },
    cli: (argv, target = "nothing") =>
      spawnCli(argv, {
        cwd,
        env: {
          LOGIN: "postgres://secure:only%20over%20TLS",
          LOGIN_DB: database,
          TARGET_DB: target,
        },
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The server's next connections get this certificate. */
async function present(
  server: TestPostgres,
  { certFile, keyFile }: Issued,
): Promise<void> {
  const { uid, gid } = await stat(server.dataDirectory);
  for (const [from, name] of [
    [certFile, "server.crt"],
    [keyFile, "server.key"],
  ] as const) {
    const to = join(server.dataDirectory, name);
    await copyFile(from, to);
    await chmod(to, 0o600);
    await chown(to, uid, gid);
  }
  await using client = await server.connect("postgres");
  await client.query("ALTER SYSTEM SET ssl = on");
  await client.query("SELECT pg_reload_conf()");
  const { fingerprint } = new X509Certificate(await readFile(certFile));
  await waitUntil(
    "the server presents it",
    async () => (await presented(server.port)) === fingerprint,
  );
}

/** Of the certificate that a client sees; undefined where there is no TLS yet. */
async function presented(port: number): Promise<string | undefined> {
  const socket = connect(port, "127.0.0.1");
  try {
    // SSLRequest: Int32 length · Int32 80877103; answered with S or N.
    socket.write(Buffer.from("0000000804d2162f", "hex"));
    const [answer] = (await once(socket, "data")) as [Buffer];
    if (answer.toString("latin1") !== "S") return undefined;
    const secure = tlsConnect({ socket, rejectUnauthorized: false });
    await once(secure, "secureConnect");
    const { fingerprint } = secure.getPeerCertificate();
    secure.destroy();
    return fingerprint;
  } finally {
    socket.destroy();
  }
}
