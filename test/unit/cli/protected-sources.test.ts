import { expect, test } from "vitest";
import {
  protectedSources,
  type AskForSources,
} from "../../../src/cli/protected-sources.ts";
import { TidemarkError } from "../../../src/core/errors.ts";
import { parseSourceName } from "../../../src/core/source-name.ts";
import { silentLogger } from "../../../src/platform/logger.ts";
import { caught } from "../../support/caught.ts";
import { never } from "../../support/never.ts";

const live = {
  engine: "postgres" as const,
  systemIdentifier: "1",
  databaseOid: 5,
};
const archived = {
  engine: "postgres" as const,
  systemIdentifier: "1",
  databaseOid: 4,
};
const orders = { name: parseSourceName("orders"), database: "shop" };

function fails(code: "ACCESS_DENIED" | "NOT_FOUND" | "CATALOG_DAMAGED") {
  return async () => {
    throw new TidemarkError(code, "no", { hint: "none" });
  };
}

function protect(ask: Partial<AskForSources>, signal = never) {
  return protectedSources(
    [orders],
    {
      live: fails("ACCESS_DENIED"),
      archived: async () => undefined,
      logger: silentLogger,
      ...ask,
    },
    signal,
  );
}

test("a source is known by what it says itself, or else by what the archive says of it", async () => {
  const ask = { archived: async () => archived };
  expect(await protect({ ...ask, live: async () => live })).toEqual([live]);
  expect(await protect(ask)).toEqual([archived]);
});

test("one that neither can tell is known by the name of its database", async () => {
  const unknown = [{ unknown: "orders", database: "shop" }];
  expect(await protect({})).toEqual(unknown);
  expect(await protect({ archived: fails("CATALOG_DAMAGED") })).toEqual(
    unknown,
  );
});

test("one whose server says that it is not there needs no protection", async () => {
  expect(await protect({ live: fails("NOT_FOUND") })).toEqual([]);
});

test("an abort is none of these", async () => {
  const signal = AbortSignal.abort(
    new TidemarkError("CANCELLED", "stopped", { hint: "none" }),
  );
  const error = await caught(() => protect({}, signal));
  expect(error.code).toBe("CANCELLED");
});
