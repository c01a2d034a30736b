import { appendFile, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findFreePort } from "../../src/cli/demo/free-port.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { uniqueName } from "../support/postgres-client.ts";
import { startPostgres } from "../support/postgres.ts";
import { readmeSteps } from "../support/readme.ts";
import { spawnCli } from "../support/spawn-cli.ts";
import { tempDirectory } from "../support/temp-directory.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Several commands, each a process, on a machine that is busy with others. */
const PATIENCE_MS = 180_000;
const ORDERS = `
  CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL);
  INSERT INTO orders SELECT n, CASE WHEN n % 3 = 0 THEN 'paid' ELSE 'shipped' END FROM generate_series(1, 5000) AS n`;
/** What the reader sees before `prepare`: errors, each with what mends it. */
const EXIT_CODES: ReadonlyMap<string, number> = new Map([
  ["tidemark check", 4],
]);
/** Lines for the reader's own shell, which a test has no use for. */
const SHELL_ONLY = /^(npm |alias |export )/;

describePostgres(
  [18],
  () => {
    test(
      "the README's commands do what it says",
      async () => {
        await using server = await startPostgres(18);
        await using postgres = await server.connect("postgres");
        await postgres.query("CREATE DATABASE orders");
        await using orders = await server.connect("orders");
        await orders.query(ORDERS);
        const statuses = async (database: string) => {
          await using client = await server.connect(database);
          const { rows } = await client.query<{
            status: string;
            count: string;
          }>("SELECT status, count(*) FROM orders GROUP BY 1 ORDER BY 1");
          return rows;
        };
        await using folder = await tempDirectory();
        await using stack = new AsyncDisposableStack();
        const env = {
          ORDERS_URL: server.url("orders"),
          PGPASSWORD: server.password,
        };
        let seq = 0;
        const inPlace = (line: string) =>
          line
            .replaceAll(
              "you@localhost:5432",
              `postgres@127.0.0.1:${server.port}`,
            )
            .replaceAll("812", String(seq))
            .replaceAll(
              "/mnt/backup/tidemark",
              join(folder.path, "tidemark/archive"),
            );
        const run = async (line: string, cwd: string) => {
          const [program, ...args] = inPlace(line).split(" ");
          expect(program).toBe("tidemark");
          const ended = await spawnCli(args, {
            cwd,
            env: cwd === folder.path ? env : { PGPASSWORD: env.PGPASSWORD },
          }).ended;
          expect({ line, ...ended }).toMatchObject({
            exitCode: EXIT_CODES.get(line) ?? 0,
          });
          return ended.stdout;
        };
        const before = await statuses("orders");

        for (const step of await readmeSteps("Five minutes")) {
          if (step.kind === "sql") {
            await orders.query(step.statement);
            // Archived at once, unlike what the reader waits ten seconds for.
            await run(`tidemark mark ${uniqueName("now")}`, folder.path);
            const largest = async () => {
              const log = await run("tidemark log orders --json", folder.path);
              return /\{"seq":(\d+)[^\n]*"rows":5000[,}]/.exec(log)?.[1];
            };
            await waitUntil("the mistake is archived", async () => {
              seq = Number((await largest()) ?? 0);
              return seq > 0;
            });
          } else if (step.line === "tidemark run") {
            // Beside whatever else listens on this machine.
            const port = await findFreePort(AbortSignal.timeout(10_000));
            await appendFile(
              join(folder.path, "tidemark.yaml"),
              `http:\n  listen: "127.0.0.1:${port}"\n`,
            );
            const service = spawnCli(["run"], { cwd: folder.path, env });
            stack.defer(async () => {
              service.child.kill("SIGTERM");
              expect(await service.ended).toMatchObject({ exitCode: 0 });
            });
            let log = "";
            service.child.stderr?.on("data", (chunk) => (log += String(chunk)));
            await waitUntil("a base", () => log.includes("base taken"));
          } else if (!SHELL_ONLY.test(step.line)) {
            const printed = await run(step.line, folder.path);
            if (step.line.startsWith("tidemark log"))
              expect(printed).toContain("UPDATE 5,000 public.orders");
          }
        }
        expect(await statuses("orders")).toEqual([
          { status: "cancelled", count: "5000" },
        ]);
        expect(await statuses("orders_restored")).toEqual(before);
        expect(await statuses("only_orders")).toEqual(before);

        await stack.disposeAsync();
        await rm(join(folder.path, "tidemark.yaml"));
        await rm(join(folder.path, "tidemark/journal"), { recursive: true });
        await using elsewhere = await tempDirectory();
        for (const step of await readmeSteps("The day the host is gone"))
          if (step.kind === "shell") {
            const printed = await run(step.line, elsewhere.path);
            if (step.line.startsWith("tidemark restore"))
              expect(printed).toMatch(
                /^reached +seq \d+, position 0\/[\dA-F]+, committed 20/m,
              );
          }
        expect(await statuses("orders_rescued")).toEqual(
          await statuses("orders"),
        );
      },
      PATIENCE_MS,
    );
  },
  { own: true },
);

test("the README names every page of docs", async () => {
  const readme = await readFile("README.md", "utf8");
  for (const page of await readdir("docs"))
    expect(readme).toContain(`(docs/${page})`);
});
