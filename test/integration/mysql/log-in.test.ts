import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import { expect, test } from "vitest";
import {
  type MysqlAddress,
  MysqlConnection,
} from "../../../src/engine/mysql/connection.ts";
import { hasOpenssl, makeAuthority } from "../../support/certificates.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { missingService } from "../../support/missing-service.ts";
import { mysqlAddressOf } from "../../support/mysql-address.ts";
import { isMariadb, MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import { startMysqlServer } from "../../support/mysql-server.ts";
import { never } from "../../support/never.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

async function userOf(address: MysqlAddress): Promise<string | null> {
  await using connection = await MysqlConnection.open(
    address,
    { name: "test" },
    never,
  );
  const [row] = await connection.query("SELECT CURRENT_USER()", never);
  return row?.[0] ?? null;
}

async function cipherOf(address: MysqlAddress): Promise<string | null> {
  await using connection = await MysqlConnection.open(
    address,
    { name: "test" },
    never,
  );
  const [row] = await connection.query(
    "SHOW SESSION STATUS LIKE 'Ssl_cipher'",
    never,
  );
  return row?.[1] ?? null;
}

/** A plug-in of the server, and what makes a user that logs in by it. */
const PASSWORDS: readonly {
  readonly plugin: string;
  readonly load?: string;
  readonly make: string;
  readonly on: (version: string) => boolean;
}[] = [
  {
    plugin: "caching_sha2_password",
    make: "IDENTIFIED WITH caching_sha2_password BY 'pässwort'",
    on: (version) => version === "mysql-9",
  },
  {
    plugin: "sha256_password",
    make: "IDENTIFIED WITH sha256_password BY 'pässwort'",
    on: (version) => version === "mysql-9",
  },
  {
    plugin: "mysql_native_password",
    make: "IDENTIFIED VIA mysql_native_password USING PASSWORD('pässwort')",
    on: (version) => version.startsWith("mariadb"),
  },
  {
    plugin: "ed25519",
    load: "INSTALL SONAME 'auth_ed25519'",
    make: "IDENTIFIED VIA ed25519 USING PASSWORD('pässwort')",
    on: (version) => version.startsWith("mariadb"),
  },
];

describeMysql(MYSQL_VERSIONS, (mysql) => {
  for (const { plugin, load, make, on } of PASSWORDS) {
    if (!on(mysql.version)) continue;
    test(`logs in with ${plugin}`, async () => {
      const { server } = mysql;
      if (load !== undefined) await server.query(load);
      const user = `u_${plugin}`;
      await server.query(`CREATE USER ${user} ${make}`);
      const address = mysqlAddressOf(
        server.url("", { user, password: "pässwort" }),
      );
      // Again: by what the server remembers of the first time.
      for (const at of [address, address, { ...address, host: server.socket }])
        expect(await userOf(at)).toBe(`${user}@%`);
      const wrong = { ...address, password: async () => "wrong" };
      await expect(userOf(wrong)).rejects.toMatchObject({
        code: "ACCESS_DENIED",
      });
      const none = { ...address, password: async () => undefined };
      await expect(userOf(none)).rejects.toMatchObject({
        code: "ACCESS_DENIED",
      });
    });
  }

  test("a database that is not there is not found", async () => {
    const address = mysqlAddressOf(mysql.server.url("nowhere"));
    await expect(userOf(address)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("says what is wrong where there is no server", async () => {
    const address = mysqlAddressOf(mysql.server.url());
    await expect(userOf({ ...address, port: 1 })).rejects.toMatchObject({
      code: "SERVER_UNREACHABLE",
      hint: "is the server running, host and port right?",
    });
    await expect(
      userOf({ ...address, host: "/nowhere/mysqld.sock" }),
    ).rejects.toMatchObject({
      code: "SERVER_UNREACHABLE",
      hint: "there is no socket at this path",
    });
  });

  test("an abort ends the attempt to log in", async () => {
    const address = mysqlAddressOf(mysql.server.url());
    const stop = new AbortController();
    const opening = MysqlConnection.open(
      {
        ...address,
        password: async () => {
          stop.abort(new Error("enough"));
          return undefined;
        },
      },
      { name: "test" },
      stop.signal,
    );
    await expect(opening).rejects.toThrow("enough");
  });
});

describeMysql(
  MYSQL_VERSIONS,
  ({ version }) => {
    test("TLS by the authority, by the name, and not without", async ({
      skip,
    }) => {
      if (!(await hasOpenssl())) missingService("openssl", "install it", skip);
      await using temp = await tempDirectory();
      const authority = await makeAuthority(temp.path, "ca");
      const other = await makeAuthority(temp.path, "other");
      const { certFile, keyFile } = await authority.issue("IP:127.0.0.1");
      await using server = await startMysqlServer(version, {
        settings: {
          "ssl-ca": authority.caFile,
          "ssl-cert": certFile,
          "ssl-key": keyFile,
        },
      });
      const login = await server.createUser();
      await server.query(`ALTER USER ${login.user} REQUIRE SSL`);
      const plain = mysqlAddressOf(server.url("", login));
      const over = (tls: ConnectionOptions): MysqlAddress => ({
        ...plain,
        tls: async () => tls,
      });
      const ca = await readFile(authority.caFile);
      expect(await cipherOf(over({ ca }))).not.toBe("");
      // What mode require means.
      expect(await cipherOf(over({ rejectUnauthorized: false }))).not.toBe("");
      await expect(userOf(plain)).rejects.toMatchObject({
        code: "ACCESS_DENIED",
      });
      const unknown = over({ ca: await readFile(other.caFile) });
      await expect(userOf(unknown)).rejects.toMatchObject({
        code: "SERVER_UNREACHABLE",
        message: expect.stringContaining("is not trusted") as string,
      });
      const byAnotherName = { ...over({ ca }), host: "localhost" };
      await expect(userOf(byAnotherName)).rejects.toMatchObject({
        code: "SERVER_UNREACHABLE",
        hint: expect.stringContaining("as the certificate names it") as string,
      });
      // What mode verify-ca means.
      const anyName = over({ ca, checkServerIdentity: () => undefined });
      expect(await userOf({ ...anyName, host: "localhost" })).toBe(
        `${login.user}@%`,
      );
    });

    test("a server without TLS says so", async () => {
      await using server = await startMysqlServer(version, {
        settings: isMariadb(version)
          ? { "skip-ssl": "ON" }
          : { "tls-version": "", "admin-tls-version": "" },
      });
      const address = mysqlAddressOf(server.url());
      await expect(
        userOf({ ...address, tls: async () => ({}) }),
      ).rejects.toMatchObject({
        code: "SERVER_UNREACHABLE",
        hint: expect.stringContaining("ssl_cert") as string,
      });
    });
  },
  { own: true },
);
