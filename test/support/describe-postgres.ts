import { afterAll, beforeAll, describe, test } from "vitest";
import { findPostgresBinaries } from "./postgres-binaries.ts";
import {
  availablePostgres,
  openSharedPostgres,
  type SharedPostgres,
} from "./postgres.ts";
import { missingService } from "./missing-service.ts";

export interface PostgresSuite {
  readonly major: number;
  /** Shared by the suites of this file; only inside tests and hooks. */
  readonly server: SharedPostgres;
}

export interface PostgresNeeds {
  /** The tests start servers of their own with `startPostgres`: a URL in the environment is not enough. */
  readonly own?: boolean;
}

/**
 * One suite for each version. Where a server is missing the suite is one skipped test that says so, and a failed one under
 * TIDEMARK_TEST_REQUIRE=all.
 */
export function describePostgres(
  majors: readonly number[],
  define: (postgres: PostgresSuite) => void,
  needs: PostgresNeeds = {},
): void {
  for (const major of majors) {
    const name = `PostgreSQL ${major}`;
    describe(name, () => {
      if (!isHere(major, needs)) {
        test("has a server", ({ skip }) =>
          missingService(name, "run scripts/test-services.sh", skip));
      } else if (needs.own === true) {
        define({
          major,
          get server(): SharedPostgres {
            throw new Error("this suite starts its own servers");
          },
        });
      } else {
        define(useShared(major));
      }
    });
  }
}

function isHere(major: number, needs: PostgresNeeds): boolean {
  return needs.own === true
    ? findPostgresBinaries(major) !== undefined
    : availablePostgres().includes(major);
}

interface Shared {
  users: number;
  server: Promise<SharedPostgres & AsyncDisposable> | undefined;
}

const shared = new Map<number, Shared>();

/** The first suite of a version starts its server, the last one of the file stops it. */
function useShared(major: number): PostgresSuite {
  const entry: Shared = shared.get(major) ?? { users: 0, server: undefined };
  shared.set(major, entry);
  entry.users++;
  let server: SharedPostgres | undefined;
  beforeAll(async () => {
    entry.server ??= openSharedPostgres(major);
    server = await entry.server;
  });
  afterAll(async () => {
    entry.users--;
    if (entry.users === 0) await (await entry.server)?.[Symbol.asyncDispose]();
  });
  return {
    major,
    get server(): SharedPostgres {
      if (server === undefined) throw new Error("only inside tests and hooks");
      return server;
    },
  };
}
