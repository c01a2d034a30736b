import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestMysql } from "./mysql-server.ts";

const run = promisify(execFile);

/** What mysqldump or mariadb-dump writes of a schema's definitions: comments, which have names and times, are left out. */
export async function dumpDefinitions(
  server: TestMysql,
  schema: string,
): Promise<string> {
  const isMysql = server.flavour === "mysql";
  const { stdout } = await run(
    join(server.bin, isMysql ? "mysqldump" : "mariadb-dump"),
    [
      "--no-defaults",
      ...["--user=root", `--socket=${server.socket}`],
      ...["--no-data", "--routines", "--events", "--triggers"],
      ...["--skip-comments", "--skip-dump-date"],
      ...(isMysql ? ["--set-gtid-purged=OFF", "--no-tablespaces"] : []),
      schema,
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return stdout;
}

/** What the dump makes, by the server's own client: another such schema. */
export async function loadDump(
  server: TestMysql,
  schema: string,
  dump: string,
): Promise<void> {
  const client = spawn(
    join(server.bin, server.flavour === "mysql" ? "mysql" : "mariadb"),
    [
      "--no-defaults",
      "--comments",
      "--user=root",
      `--socket=${server.socket}`,
      schema,
    ],
    { stdio: ["pipe", "ignore", "inherit"] },
  );
  client.stdin.end(dump);
  const [code] = (await once(client, "exit")) as [number | null];
  if (code !== 0) throw new Error(`the dump of ${schema} was not taken`);
}
