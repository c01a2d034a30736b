import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { TestMysql } from "../../test/support/mysql-server.ts";

type Tool = "mysql" | "mysqlbinlog";

/** Runs a program that comes with the server against it, as root over TCP and, as we do here, without TLS. */
export async function runMysqlTool(
  server: TestMysql,
  tool: Tool,
  args: readonly string[],
): Promise<void> {
  await succeeds(tool, start(server, tool, { args, stdin: "ignore" }));
}

/** `mysqlbinlog <args> | mysql` */
export async function replay(
  server: TestMysql,
  args: readonly string[],
): Promise<void> {
  const binlog = start(server, "mysqlbinlog", { args, stdout: "pipe" });
  const { stdout } = binlog;
  const mysql = start(server, "mysql", {
    args: ["--binary-mode"],
    stdin: stdout as Readable,
  });
  // The pipe is theirs now.
  stdout?.destroy();
  await Promise.all([
    succeeds("mysqlbinlog", binlog),
    succeeds("mysql", mysql),
  ]);
}

function start(
  server: TestMysql,
  tool: Tool,
  with_: {
    readonly args: readonly string[];
    readonly stdin?: "ignore" | Readable;
    readonly stdout?: "ignore" | "pipe";
  },
): ChildProcess {
  const { args, stdin = "ignore", stdout = "ignore" } = with_;
  return spawn(
    join(server.bin, tool),
    [
      ...["--no-defaults", `--host=${server.host}`, `--port=${server.port}`],
      ...["--user=root", "--ssl-mode=DISABLED", ...args],
    ],
    { stdio: [stdin, stdout, "inherit"] },
  );
}

async function succeeds(tool: string, child: ChildProcess): Promise<void> {
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${tool} ended with ${code}`);
}
