import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The servers that scripts/test-services.sh installs. */
export const MYSQL_VERSIONS = [
  "mysql-9",
  "mariadb-10.11",
  "mariadb-11.8",
] as const;

export type MysqlVersion = (typeof MYSQL_VERSIONS)[number];

export interface MysqlBinaries {
  /** Holds mysqld and mysqlbinlog, or mariadbd and mariadb-binlog, as they are to be started. */
  readonly bin: string;
  readonly basedir: string;
  /** A data directory to copy. */
  readonly template: string;
}

export function isMariadb(version: MysqlVersion): boolean {
  return version.startsWith("mariadb");
}

export function findMysqlBinaries(
  version: MysqlVersion,
): MysqlBinaries | undefined {
  const cache =
    process.env["TIDEMARK_TEST_CACHE"] ??
    join(homedir(), ".cache", "tidemark-test");
  const prefix = join(cache, version);
  return existsSync(join(prefix, "template"))
    ? {
        bin: join(prefix, "bin"),
        basedir: join(prefix, "root", "usr"),
        template: join(prefix, "template"),
      }
    : undefined;
}
