import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { captureCli } from "../../support/capture-cli.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { prepareDatabase } from "../../support/postgres-source.ts";
import { uniqueName } from "../../support/postgres-client.ts";
import { tempDirectory } from "../../support/temp-directory.ts";
import { Shop } from "./shop.ts";

/** A marker is one instant of all sources, so what cannot be had from one of them must not be left in the others. */
describePostgres([15, 18], (postgres) => {
  async function twoSources() {
    await using stack = new AsyncDisposableStack();
    const first = stack.use(await prepareDatabase(postgres.server));
    const second = stack.use(await prepareDatabase(postgres.server));
    const directory = stack.use(await tempDirectory());
    const config = join(directory.path, "tidemark.yaml");
    const urls = [first, second].map(({ database }) =>
      postgres.server.url(database),
    );
    const mark = async (urlOfSecond = urls[1]) => {
      await writeFile(
        config,
        `sources:
  ${first.source}: { postgres: "\${FIRST}" }
  ${second.source}: { postgres: "\${SECOND}" }
archive: [{ directory: ./archive }]
`,
      );
      const { exitCode, stdout } = await captureCli(
        ["mark", "here", "--json", "--config", config],
        { env: { FIRST: urls[0], SECOND: urlOfSecond } },
      );
      const { error } = JSON.parse(stdout) as {
        readonly error?: { readonly code: string; readonly message: string };
      };
      return { exitCode, ...error };
    };
    const markers = async () => {
      await using client = await first.connect();
      const { rows } = await client.query<{ name: string }>(
        "SELECT name FROM tidemark.log WHERE kind = 'marker'",
      );
      return rows.map(({ name }) => name);
    };
    const owned = stack.move();
    return {
      ...{ first, second, mark, markers },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  }

  test("a source that is not prepared or does not answer keeps the marker out of the others", async () => {
    await using sources = await twoSources();
    const unreachable = await sources.mark("postgres://nobody@127.0.0.1:1/x");
    expect(unreachable).toMatchObject({ exitCode: 8 });
    await sources.second.run("DROP SCHEMA tidemark CASCADE");
    expect(await sources.mark()).toMatchObject({
      exitCode: 4,
      code: "SOURCE_NOT_PREPARED",
    });
    expect(await sources.markers()).toEqual([]);
  });

  test("one that fails at the last step is told with those that have the marker", async () => {
    await using sources = await twoSources();
    await sources.second.run(
      "ALTER TABLE tidemark.log ADD CONSTRAINT none CHECK (kind <> 'marker')",
    );
    const failed = await sources.mark();
    expect(failed).toMatchObject({ exitCode: 1, code: "STATEMENT_FAILED" });
    expect(failed.message).toContain(
      `the marker here is in ${sources.first.source} already`,
    );
    expect(await sources.markers()).toEqual(["here"]);
  });
});

describePostgres([18], (postgres) => {
  test(
    "exit code 0 says that it can be restored to, 10 that nobody has archived it",
    { timeout: 120_000 },
    async () => {
      await using shop = await Shop.open(postgres.server);
      await shop.succeed(["prepare", shop.source]);
      const early = await shop.cli(["mark", "early"]);
      expect(early).toMatchObject({ exitCode: 10 });
      expect(JSON.parse(early.stdout)).toMatchObject({
        archived: false,
        waiting: [
          {
            source: shop.source,
            message: expect.stringContaining("`tidemark run`") as string,
          },
        ],
      });
      const service = await shop.run();
      await shop.untilBase();
      expect(await shop.succeed(["mark", "kept"])).toMatchObject({
        archived: true,
        waiting: [],
      });
      const into = { INTO_URL: shop.server.url(uniqueName("target")) };
      const restore = ["restore", shop.source, "--into", "env:INTO_URL"];
      await shop.succeed(
        [...restore, "--at", "marker:kept", "--dry-run"],
        into,
      );
      const twice = await shop.refused(["mark", "kept"]);
      expect(twice).toMatchObject({ exitCode: 2, code: "USAGE" });
      await service.stop();
    },
  );

  test("is not written where it could never be archived", async () => {
    await using shop = await Shop.open(postgres.server);
    await shop.succeed(["prepare", shop.source]);
    await shop.sql(`SELECT pg_drop_replication_slot('${shop.slot}')`);
    const refused = await shop.refused(["mark", "lost"]);
    expect(refused).toMatchObject({ exitCode: 4, code: "SOURCE_NOT_PREPARED" });
    await using client = await shop.connect();
    const { rowCount } = await client.query(
      "SELECT FROM tidemark.log WHERE kind = 'marker'",
    );
    expect(rowCount).toBe(0);
    await shop.configure();
    await writeFile(
      join(shop.folder, "tidemark.yaml"),
      "archive: [{ directory: ./archive }]\n",
    );
    for (const command of ["mark here", "check", "run"]) {
      const nothing = await shop.refused(command.split(" "));
      expect(nothing, command).toMatchObject({
        exitCode: 6,
        code: "NOT_FOUND",
      });
    }
  });
});
