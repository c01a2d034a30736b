import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** The statements of `pg_dump --schema-only`, sorted: its order follows oids where nothing else decides. */
export async function dumpSchema(
  tools: string,
  url: string,
): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(
    join(tools, "pg_dump"),
    ["--schema-only", "--dbname", url],
    { maxBuffer: 64 << 20 },
  );
  return stdout
    .split("\n")
    .filter((line) => !/^(--|\\(un)?restrict|$)/.test(line))
    .join("\n")
    .split(/;$/m)
    .map((statement) => statement.trim())
    .sort();
}
