import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { findPostgresTools } from "../../test/support/postgres-binaries.ts";

const run = promisify(execFile);

/** Runs a program that comes with Postgres against the database of `text`, an URL. */
export async function runPostgresTool(
  tool: "pgbench" | "pg_recvlogical",
  text: string,
  options: {
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const tools = findPostgresTools(15);
  if (tools === undefined)
    throw new Error(`${tool} is missing: run scripts/test-services.sh`);
  const url = new URL(text);
  await run(join(tools, tool), options.args, {
    env: {
      PGHOST: url.hostname,
      PGPORT: url.port,
      PGUSER: decodeURIComponent(url.username),
      PGPASSWORD: decodeURIComponent(url.password),
      PGDATABASE: url.pathname.slice(1),
      ...options.env,
    },
    maxBuffer: 1 << 26,
  });
}
