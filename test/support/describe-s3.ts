import { afterAll, beforeAll, describe, test } from "vitest";
import { openS3Store } from "../../src/storage/s3/s3-store.ts";
import type { S3StoreOptions } from "../../src/storage/s3/open-place.ts";
import type { ObjectStore } from "../../src/storage/object-store.ts";
import { missingService } from "./missing-service.ts";
import {
  hasS3Server,
  startS3Server,
  type S3Server,
  useLogin,
} from "./s3-server.ts";

export interface S3Suite {
  /** One for the file; only inside tests and hooks. */
  readonly server: S3Server;
}

/** A suite that needs an S3 server; without one it is one skipped test that says so, a failed one under TIDEMARK_TEST_REQUIRE=all. */
export function describeS3(name: string, define: (s3: S3Suite) => void): void {
  describe(name, () => {
    if (!hasS3Server()) {
      test("has a server", ({ skip }) =>
        missingService("an S3 server", "run scripts/test-services.sh", skip));
      return;
    }
    let server: S3Server | undefined;
    beforeAll(async () => {
      server = await startS3Server();
    });
    afterAll(() => server?.[Symbol.asyncDispose]());
    define({
      get server(): S3Server {
        if (server === undefined) throw new Error("only inside tests");
        return server;
      },
    });
  });
}

/** A store of the server's, logged in through the environment, as every process has it. */
export async function openStoreOf(
  server: S3Server,
  options: Omit<S3StoreOptions, "endpoint"> & { readonly endpoint?: string },
): Promise<ObjectStore> {
  useLogin(server.root);
  return openS3Store({ endpoint: server.endpoint, ...options });
}
