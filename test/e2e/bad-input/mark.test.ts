import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { captureCli } from "../../support/capture-cli.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { prepareDatabase } from "../../support/postgres-source.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

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
