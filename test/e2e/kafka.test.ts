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
          /** The source of this test has warnings of its own. */
          const journalFindings = async () => {
            const { stdout } = await cli("check").ended;
            const { findings } = JSON.parse(stdout) as {
              readonly findings: readonly {
                readonly where: string;
                readonly code: string;
                readonly mend: string;
              }[];
            };
            return findings.filter(({ where }) => where === "journal");
          };
          await command("prepare", "orders");
          expect(await journalFindings()).toEqual([]);
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
          expect(await journalFindings()).toMatchObject([
            { code: "JOURNAL_UNREACHABLE" },
          ]);
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
          // What is not said any more is the brokers' own: retention, too.
          const unsafe = await journalFindings();
          expect(new Set(unsafe.map(({ code }) => code))).toEqual(
            new Set(["topic-unsafe"]),
          );
          expect(unsafe[0]?.mend).toContain("cleanup.policy=delete");
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
