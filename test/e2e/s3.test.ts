import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findFreePort } from "../../src/cli/demo/free-port.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { describeS3 } from "../support/describe-s3.ts";
import { startPostgres } from "../support/postgres.ts";
import { readmeSteps } from "../support/readme.ts";
import { grantPolicy } from "../support/s3-policy.ts";
import { spawnCli } from "../support/spawn-cli.ts";
import { tempDirectory } from "../support/temp-directory.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Several commands, each a process, on a machine that is busy with others. */
const PATIENCE_MS = 180_000;

describePostgres(
  [16],
  ({ major }) => {
    describeS3("with an archive in S3", (s3) => {
      test(
        "a database is captured, and restored from the bucket alone to before a mistake",
        async () => {
          await using server = await startPostgres(major);
          await using postgres = await server.connect("postgres");
          await postgres.query("CREATE DATABASE orders");
          await using orders = await server.connect("orders");
          await orders.query(
            `CREATE TABLE orders (id int PRIMARY KEY, note text NOT NULL);
             INSERT INTO orders SELECT n, 'note ' || n FROM generate_series(1, 2000) AS n`,
          );
          const bucket = await s3.server.makeBucket();
          const prefix = "tidemark";
          // Exactly what docs/permissions.md grants, to one who runs and to one who restores.
          const runs = await s3.server.makeUser();
          const reads = await s3.server.makeUser();
          await grantPolicy(s3.server, bucket, [
            { policy: "run", user: runs },
            { policy: "restore", user: reads },
          ]);
          await using folder = await tempDirectory();
          const port = await findFreePort(AbortSignal.timeout(10_000));
          await writeFile(
            join(folder.path, "tidemark.yaml"),
            `sources:\n  orders: { postgres: "\${ORDERS_URL}", rpo: 1s }
archive:
  - s3: { bucket: ${bucket}, prefix: ${prefix}, endpoint: "${s3.server.endpoint}" }
http: { listen: "127.0.0.1:${port}" }\n`,
          );
          const cli = (
            login: typeof runs,
            argv: readonly string[],
            more: Record<string, string> = {},
          ) =>
            spawnCli([...argv, "--json"], {
              cwd: folder.path,
              env: {
                AWS_ACCESS_KEY_ID: login.accessKeyId,
                AWS_SECRET_ACCESS_KEY: login.secretAccessKey,
                ...more,
              },
            });
          const source = {
            ORDERS_URL: server.url("orders"),
            PGPASSWORD: server.password,
          };
          const run = async (...argv: readonly string[]) => {
            const { exitCode, stdout, stderr } = await cli(runs, argv, source)
              .ended;
            expect(exitCode, stderr).toBe(0);
            return JSON.parse(stdout) as Record<string, unknown>;
          };
          await run("prepare", "orders");
          const service = cli(runs, ["run"], source);
          const windows = async () => {
            const url = `s3://${bucket}/${prefix}?endpoint=${s3.server.endpoint}`;
            const { exitCode, stdout } = await cli(reads, [
              ...["windows", "orders", "--archive", url],
            ]).ended;
            return exitCode === 0
              ? (JSON.parse(stdout) as {
                  readonly bases: readonly unknown[];
                  readonly markers: readonly unknown[];
                })
              : undefined;
          };
          await waitUntil(
            "a base is taken",
            async () => ((await windows())?.bases.length ?? 0) > 0,
            PATIENCE_MS,
          );
          await orders.query("UPDATE orders SET note = 'right' WHERE id < 10");
          await run("mark", "before");
          const before = await orders.query<{ sum: string }>(
            "SELECT md5(string_agg(id || note, ',' ORDER BY id)) AS sum FROM orders",
          );
          await orders.query("UPDATE orders SET note = 'wrong'");
          await run("mark", "after");
          await waitUntil(
            "the archive has both markers",
            async () => (await windows())?.markers.length === 2,
            PATIENCE_MS,
          );
          service.child.kill("SIGTERM");
          expect((await service.ended).exitCode).toBe(0);

          // From here on with the bucket and the right to read it alone.
          const url = `s3://${bucket}/${prefix}?endpoint=${s3.server.endpoint}`;
          const target = server.url("restored").replace(/:[^:@/]*@/, "@");
          const restored = await cli(
            reads,
            [
              ...["restore", "orders", "--archive", url],
              ...["--at", "marker:before", "--into", target],
            ],
            { PGPASSWORD: server.password },
          ).ended;
          expect(restored.exitCode, restored.stderr).toBe(0);
          await using copy = await server.connect("restored");
          const after = await copy.query<{ sum: string }>(
            "SELECT md5(string_agg(id || note, ',' ORDER BY id)) AS sum FROM orders",
          );
          expect(after).toEqual(before);
          // The README's own command.
          const [step] = await readmeSteps("An archive in a bucket");
          if (step?.kind !== "shell") throw new Error("no command");
          const inPlace = step.line
            .replace("'s3://backups/tidemark?region=eu-central-1'", url)
            .replace("you@localhost:5432", `postgres@127.0.0.1:${server.port}`);
          const rescued = await cli(reads, inPlace.split(" ").slice(1), {
            PGPASSWORD: server.password,
          }).ended;
          expect(rescued.exitCode, rescued.stderr).toBe(0);
          const verified = await cli(reads, [
            ...["verify", "orders", "--archive", url],
          ]).ended;
          expect(verified.exitCode, verified.stderr).toBe(0);
          const held = await cli(reads, ["sources", "--archive", url]).ended;
          expect(JSON.parse(held.stdout)).toMatchObject({
            archive: `s3://${bucket}/${prefix}/`,
            sources: [{ source: "orders" }],
          });
        },
        2 * PATIENCE_MS,
      );
    });
  },
  { own: true },
);
