import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findFreePort } from "../../src/cli/demo/free-port.ts";
import { describeKafka } from "../support/describe-kafka.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { kafkaAdmin } from "../support/kafka-client.ts";
import { startPostgres } from "../support/postgres.ts";
import { spawnCli } from "../support/spawn-cli.ts";
import { tempDirectory } from "../support/temp-directory.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Several commands, each a process, on a machine that is busy with others. */
const PATIENCE_MS = 180_000;

describePostgres(
  [18],
  ({ major }) => {
    describeKafka("with its journal in Kafka", (kafka) => {
      test(
        "a database is captured while a broker dies, and restored to before a mistake",
        async () => {
          await using server = await startPostgres(major);
          await using postgres = await server.connect("postgres");
          await postgres.query("CREATE DATABASE orders");
          await using orders = await server.connect("orders");
          await orders.query(
            `CREATE TABLE orders (id int PRIMARY KEY, note text NOT NULL);
             INSERT INTO orders SELECT n, 'note ' || n FROM generate_series(1, 2000) AS n`,
          );
          await using folder = await tempDirectory();
          const port = await findFreePort(AbortSignal.timeout(10_000));
          const { brokers, nodes } = kafka.server;
          await writeFile(
            join(folder.path, "tidemark.yaml"),
            `sources:\n  orders: { postgres: "\${ORDERS_URL}", rpo: 1s }
journal: { kafka: { brokers: ${JSON.stringify(brokers)}, replicationFactor: 1 } }
archive: [{ directory: ./archive }]
http: { listen: "127.0.0.1:${port}" }\n`,
          );
          const cli = (...argv: readonly string[]) =>
            spawnCli([...argv, "--json"], {
              cwd: folder.path,
              env: {
                ORDERS_URL: server.url("orders"),
                PGPASSWORD: server.password,
              },
            });
          const command = async (...argv: readonly string[]) => {
            const { exitCode, stdout, stderr } = await cli(...argv).ended;
            expect(exitCode, stderr + stdout).toBe(0);
            return JSON.parse(stdout) as Record<string, unknown>;
          };
          await command("prepare", "orders");
          expect(await command("check")).toMatchObject({ findings: [] });
          const service = cli("run");
          const windows = async () => {
            const { exitCode, stdout } = await cli("windows", "orders").ended;
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
          await command("mark", "before");
          const digest =
            "SELECT md5(string_agg(id || note, ',' ORDER BY id)) AS sum FROM orders";
          const before = await orders.query<{ sum: string }>(digest);
          await nodes[0]?.kill();
          await orders.query("UPDATE orders SET note = 'wrong'");
          const away = JSON.parse((await cli("check").ended).stdout) as unknown;
          expect(away).toMatchObject({
            findings: [{ where: "journal", code: "JOURNAL_UNREACHABLE" }],
          });
          await nodes[0]?.start();
          // Behind a broker that was away it may not be archived while the command waits.
          await cli("mark", "after").ended;
          await waitUntil(
            "the archive has both markers",
            async () => (await windows())?.markers.length === 2,
            PATIENCE_MS,
          );
          service.child.kill("SIGTERM");
          expect((await service.ended).exitCode).toBe(0);

          const target = server.url("restored").replace(/:[^:@/]*@/, "@");
          await command(
            ...["restore", "orders", "--at", "marker:before"],
            ...["--into", target],
          );
          await using copy = await server.connect("restored");
          expect(await copy.query<{ sum: string }>(digest)).toEqual(before);
          await command("verify", "orders");

          await using admin = await kafkaAdmin(brokers);
          await admin.client.alterConfigs({
            validateOnly: false,
            resources: [
              {
                type: 2,
                name: "tidemark.orders",
                configEntries: [{ name: "cleanup.policy", value: "compact" }],
              },
            ],
          });
          const unsafe = JSON.parse(
            (await cli("check").ended).stdout,
          ) as unknown;
          expect(unsafe).toMatchObject({
            findings: expect.arrayContaining([
              expect.objectContaining({
                where: "journal",
                code: "topic-unsafe",
                mend: expect.stringContaining(
                  "cleanup.policy=delete",
                ) as string,
              }),
            ]) as unknown,
          });
          const refused = await cli("run").ended;
          expect(refused.exitCode, refused.stderr).toBe(4);
          expect(refused.stderr).toContain("cleanup.policy is compact");
        },
        3 * PATIENCE_MS,
      );
    });
  },
  { own: true },
);
