import { chmod } from "node:fs/promises";
import { expect, test } from "vitest";
import { describeMysql } from "../support/describe-mysql.ts";
import { leftBehind } from "../support/left-behind.ts";
import { startMysqlServer } from "../support/mysql-server.ts";
import { spawnCli } from "../support/spawn-cli.ts";
import { tempDirectory } from "../support/temp-directory.ts";

const PATIENCE_MS = 180_000;
const SMALL = ["--users", "200", "--orders", "2000", "--seconds", "1"];

describeMysql(
  ["mysql-9", "mariadb-11.8"],
  ({ version }) => {
    test(
      "the demo with its orders there restores them, proves it, and leaves nothing on the server",
      async () => {
        await using server = await startMysqlServer(version);
        const { user, password } = await server.createUser("ALL ON *.*");
        const schemas = () =>
          server.query(
            "SELECT schema_name AS name FROM information_schema.schemata ORDER BY 1",
          );
        const before = await schemas();
        await using folder = await tempDirectory();
        await chmod(folder.path, 0o755);
        const { exitCode, stdout, stderr } = await spawnCli(
          [
            ...["demo", "--json", ...SMALL],
            ...["--mysql", `mysql://${user}@127.0.0.1:${server.port}/`],
          ],
          {
            cwd: folder.path,
            env: { TMPDIR: folder.path, MYSQL_PWD: password },
          },
        ).ended;
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
        expect(JSON.parse(stdout)).toMatchObject({
          mistake: { user: "sam@shop.example" },
          restored: { equal: true },
        });
        expect(await schemas()).toEqual(before);
        expect(await leftBehind(folder.path)).toEqual([]);
      },
      PATIENCE_MS,
    );

    test(
      "a schema that somebody has there is left alone",
      async () => {
        await using server = await startMysqlServer(version);
        await server.query("CREATE DATABASE orders");
        await using folder = await tempDirectory();
        await chmod(folder.path, 0o755);
        const { exitCode, stderr } = await spawnCli(
          ["demo", "--mysql", `mysql://root@127.0.0.1:${server.port}/`],
          { cwd: folder.path, env: { TMPDIR: folder.path } },
        ).ended;
        expect(exitCode).toBe(4);
        expect(stderr).toContain("TARGET_NOT_EMPTY");
        expect(await server.query("SHOW DATABASES LIKE 'orders'")).toHaveLength(
          1,
        );
        expect(await leftBehind(folder.path)).toEqual([]);
      },
      PATIENCE_MS,
    );
  },
  { own: true },
);
