import { afterAll, beforeAll, describe, test } from "vitest";
import { missingService } from "./missing-service.ts";
import { findMysqlBinaries, type MysqlVersion } from "./mysql-binaries.ts";
import { startMysqlServer, type TestMysql } from "./mysql-server.ts";

export interface MysqlSuite {
  readonly version: MysqlVersion;
  /** Shared by the suites of this file; only inside tests and hooks. */
  readonly server: TestMysql;
}

export interface MysqlNeeds {
  /** The tests start servers of their own with `startMysqlServer`. */
  readonly own?: boolean;
}

/**
 * One suite for each version. Where a server is missing the suite is one skipped test that says so, and a failed one under
 * TIDEMARK_TEST_REQUIRE=all.
 */
export function describeMysql(
  versions: readonly MysqlVersion[],
  define: (mysql: MysqlSuite) => void,
  needs: MysqlNeeds = {},
): void {
  for (const version of versions) {
    describe(version, () => {
      if (findMysqlBinaries(version) === undefined) {
        test("has a server", ({ skip }) =>
          missingService(version, "run scripts/test-services.sh", skip));
      } else if (needs.own === true) {
        define({
          version,
          get server(): TestMysql {
            throw new Error("this suite starts its own servers");
          },
        });
      } else {
        define(useShared(version));
      }
    });
  }
}

interface Shared {
  users: number;
  server: Promise<TestMysql> | undefined;
}

const shared = new Map<MysqlVersion, Shared>();

/** The first suite of a version starts its server, the last one of the file stops it. */
function useShared(version: MysqlVersion): MysqlSuite {
  const entry: Shared = shared.get(version) ?? { users: 0, server: undefined };
  shared.set(version, entry);
  entry.users++;
  let server: TestMysql | undefined;
  beforeAll(async () => {
    entry.server ??= startMysqlServer(version);
    server = await entry.server;
  });
  afterAll(async () => {
    entry.users--;
    if (entry.users === 0) await (await entry.server)?.[Symbol.asyncDispose]();
  });
  return {
    version,
    get server(): TestMysql {
      if (server === undefined) throw new Error("only inside tests and hooks");
      return server;
    },
  };
}
