import { expect, test } from "vitest";
import { fixedPassword } from "../../../src/config/password.ts";
import { parseSourceName } from "../../../src/core/source-name.ts";
import { PostgresSourceAdmin } from "../../../src/engine/postgres/admin/postgres-source-admin.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { never } from "../../support/never.ts";

describePostgres([14, 18], (postgres) => {
  test("bases of one source take turns, those of another do not wait", async () => {
    const database = await postgres.server.createDatabase();
    const url = new URL(postgres.server.url(database));
    const adminOf = (name: string) =>
      new PostgresSourceAdmin(parseSourceName(name), {
        host: url.hostname,
        port: Number(url.port),
        database,
        user: url.username,
        password: fixedPassword(url.password),
        tls: async () => undefined,
      });
    const turns: string[] = [];
    const first = await adminOf("orders").waitForBaseTurn(never);
    const second = adminOf("orders")
      .waitForBaseTurn(never)
      .then((turn) => {
        turns.push("second");
        return turn;
      });
    await using _other = await adminOf("users").waitForBaseTurn(never);
    turns.push("first ends");
    await first[Symbol.asyncDispose]();
    await using _second = await second;
    expect(turns).toEqual(["first ends", "second"]);
    const stop = new AbortController();
    const third = adminOf("orders").waitForBaseTurn(stop.signal);
    stop.abort(new Error("stopped"));
    await expect(third).rejects.toThrow("stopped");
  });
});
