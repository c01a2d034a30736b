import { expect, test } from "vitest";
import { parseSourceName } from "../../../src/core/source-name.ts";
import { PostgresSourceAdmin } from "../../../src/engine/postgres/admin/postgres-source-admin.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";
import { addressOf } from "../../support/postgres-source.ts";
import { waitUntil } from "../../support/wait-until.ts";

const adminOf = (url: string, name: string) =>
  new PostgresSourceAdmin(parseSourceName(name), addressOf(url));

describePostgres([14, 18], (postgres) => {
  test("bases of one source take turns, those of another do not wait", async () => {
    const database = await postgres.server.createDatabase();
    const url = postgres.server.url(database);
    const turns: string[] = [];
    const first = await adminOf(url, "orders").waitForBaseTurn(never);
    const second = adminOf(url, "orders")
      .waitForBaseTurn(never)
      .then((turn) => {
        turns.push("second");
        return turn;
      });
    await using _other = await adminOf(url, "users").waitForBaseTurn(never);
    turns.push("first ends");
    await first[Symbol.asyncDispose]();
    await using _second = await second;
    expect(turns).toEqual(["first ends", "second"]);
    const stop = new AbortController();
    const third = adminOf(url, "orders").waitForBaseTurn(stop.signal);
    stop.abort(new Error("stopped"));
    await expect(third).rejects.toThrow("stopped");
  });

  test("a turn whose session the server has ended says that it is lost", async () => {
    const database = await postgres.server.createDatabase();
    const admin = adminOf(postgres.server.url(database), "orders");
    await using turn = await admin.waitForBaseTurn(never);
    expect(turn.lost.aborted).toBe(false);
    await using client = await postgres.server.connect(database);
    await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'",
    );
    await waitUntil("the turn is lost", () => turn.lost.aborted, 10_000);
    expect(turn.lost.reason).toMatchObject({ code: "SERVER_UNREACHABLE" });
    await using _next = await admin.waitForBaseTurn(never);
  });
});
