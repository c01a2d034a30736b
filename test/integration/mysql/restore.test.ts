import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MysqlRestoreTarget } from "../../../src/engine/mysql/target/mysql-restore-target.ts";
import { MYSQL_TARGET_FAILPOINTS } from "../../../src/engine/mysql/target/target-failpoints.ts";
import { selectDefinitions } from "../../../src/engine/select-definitions.ts";
import { installFailpoint } from "../../../src/platform/failpoints.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { mysqlAddressOf } from "../../support/mysql-address.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import { dumpDefinitions } from "../../support/mysql-dump.ts";
import { everyObject } from "../../support/mysql-every-object.ts";
import {
  differences,
  readSchema,
  type ReadSchema,
  runRestore,
} from "../../support/mysql-restore-run.ts";
import {
  startMysqlServer,
  type TestMysql,
} from "../../support/mysql-server.ts";
import { never } from "../../support/never.ts";
import { uniqueName } from "../../support/postgres-client.ts";

/** Many restores, each of them begun again several times. */
const LONG_MS = 300_000;

const ROWS = [
  `CREATE TABLE v (id int PRIMARY KEY AUTO_INCREMENT, b bigint unsigned, d decimal(20,5), f float, g double, da date, dt datetime(6), ts timestamp(3) NULL,
     ti time(2), y year, bi bit(40), e enum('a','b'), s set('x','y','z'), c char(5) CHARACTER SET latin1, t text CHARACTER SET utf8mb4, bl blob, bn binary(4), j json,
     twice int GENERATED ALWAYS AS (y * 2) STORED, ge geometry)`,
  "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'",
  `INSERT INTO v (id, b, d, f, g, da, dt, ts, ti, y, bi, e, s, c, t, bl, bn, j, ge) VALUES
     (0, 18446744073709551615, -12345.67891, 0.1, -1.5e300, '0000-00-00', '0000-00-00', '2001-02-03 04:05:06.789', '-838:59:59', 1999, 1099511627775, '', 'x,z', 'üé', 'a\\tb\\nc\\\\d\\0\\b\\r😀', x'00090a0b0c0d5c27ff', 'ab', '{"a": [1, "x\\\\n"]}', ST_GeomFromText('POINT(1 2)')),
     (7, 0, 0, -0.0, 1, '2024-02-31', '9999-12-31 23:59:59.999999', NULL, '00:00:00.5', 2155, 0, 2, 0, '', '', '', '', NULL, NULL),
     (6, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        JSON_OBJECT('price', CAST('10.00' AS decimal(10,2)), 'list', JSON_ARRAY(1.5e0, CAST('12345678901234567890.12345' AS decimal(30,5)), '\t')), NULL),
     (8, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '\\\\N', x'0b', NULL, 'null', NULL)`,
];

describeMysql(
  MYSQL_VERSIONS,
  ({ version }) => {
    let server: TestMysql;
    let from: string;
    let read: ReadSchema;
    beforeAll(async () => {
      server = await startMysqlServer(version);
      from = await server.createDatabase();
      await using client = server.connect(from);
      for (const sql of [...everyObject(version), ...ROWS])
        await client.query(sql);
      await client.query(
        "INSERT INTO parts VALUES (1, '1999-01-01'), (2, '2020-01-01')",
      );
      read = await readSchema(server, from);
    });
    afterAll(() => server[Symbol.asyncDispose]());

    const open = (into: string) =>
      new MysqlRestoreTarget(mysqlAddressOf(server.url(into)));
    const drop = async (into: string) => {
      await server.query(`DROP DATABASE IF EXISTS ${into}`);
      await server.query("DROP DATABASE IF EXISTS tidemark_restore");
    };

    describe("rows", () => {
      test.each([
        ["by LOAD DATA LOCAL", "SET GLOBAL local_infile = ON"],
        ["by INSERT", "SET GLOBAL local_infile = OFF"],
        [
          "under another sql_mode of the target",
          "SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,PIPES_AS_CONCAT'",
        ],
      ])("are as they were, %s", async (_, setting) => {
        const into = uniqueName("restored");
        await server.query(setting);
        {
          await using target = open(into);
          await runRestore(target, read);
          expect(await differences(target, read)).toEqual([]);
        }
        await server.query(
          "SET GLOBAL local_infile = ON; SET GLOBAL sql_mode = DEFAULT",
        );
        const [next] = await server.query<{ next: string }>(
          `INSERT INTO ${into}.v (b) VALUES (1); SELECT MAX(id) AS next FROM ${into}.v`,
        );
        expect(next?.next).toBe("9");
        const [counter] = await server.query<{ id: string }>(
          `INSERT INTO ${into}.late (x) VALUES (1); SELECT MAX(id) AS id FROM ${into}.late`,
        );
        expect(counter?.id).toBe("5");
        await drop(into);
      });
    });

    test.each(MYSQL_TARGET_FAILPOINTS)(
      "a restore that is killed at each %s goes on to the same end",
      async (name) => {
        const into = uniqueName("restored");
        let inRun = 0;
        let deaths = 0;
        installFailpoint((reached) => {
          if (reached !== name) return;
          // What was made before the last death is made again, and passes; of counters all those before.
          const at = name.endsWith("sequence-set")
            ? deaths
            : Math.min(deaths, 1);
          if (inRun++ === at) throw new Error("killed here");
        });
        try {
          for (;;) {
            await using target = open(into);
            inRun = 0;
            try {
              await runRestore(target, read);
              break;
            } catch (error) {
              expect(String(error)).toContain("killed here");
              deaths++;
            }
          }
        } finally {
          installFailpoint(undefined);
        }
        expect(deaths).toBeGreaterThan(0);
        await using target = open(into);
        expect(await differences(target, read)).toEqual([]);
        const undisturbed = uniqueName("restored");
        await drop("tidemark_restore");
        await using other = open(undisturbed);
        await runRestore(other, read);
        const wanted = await dumpDefinitions(server, undisturbed);
        const made = await dumpDefinitions(server, into);
        expect(made.replaceAll(into, undisturbed)).toBe(wanted);
        await other[Symbol.asyncDispose]();
        await drop(into);
        await drop(undisturbed);
      },
      LONG_MS,
    );

    test("a server that dies in the middle of a load: what it comes back with is nothing of it", async () => {
      const into = uniqueName("restored");
      const table = read.definitions.tables.find(
        ({ name }) => name === "mutual",
      );
      if (table === undefined) throw new Error("no table");
      const { definitions } = read;
      const structure = async (target: MysqlRestoreTarget) => {
        await target.begin({ planHash: "plan", definitions }, never);
        const work = {
          phase: "structure",
          streams: 2,
          onProgress: () => undefined,
        } as const;
        await target.runSchema({ ...work, definitions }, never);
      };
      {
        await using target = open(into);
        await structure(target);
        const rows = async function* () {
          for (let id = 0; id < 100_000; id++) {
            yield Buffer.from(`${id}\t1\n`);
            if (id === 50_000) await server.kill();
          }
        };
        await expect(target.load(table, rows(), never)).rejects.toMatchObject({
          code: "SERVER_UNREACHABLE",
        });
      }
      await server.start();
      await using again = open(into);
      await structure(again);
      expect(await again.digest(table, never)).toMatchObject({ rows: 0 });
      const rows = async function* () {
        yield Buffer.from("1\t2\n");
      };
      await again.load(table, rows(), never);
      expect(await again.digest(table, never)).toMatchObject({ rows: 1 });
      await again[Symbol.asyncDispose]();
      await drop(into);
    });

    test("a load that ends while its table is read keeps nobody waiting", async () => {
      const into = uniqueName("restored");
      const { definitions } = read;
      const mutual = definitions.tables.find(({ name }) => name === "mutual");
      if (mutual === undefined) throw new Error("no table");
      await using target = open(into);
      await target.begin({ planHash: "plan", definitions }, never);
      const work = { phase: "structure", streams: 2 } as const;
      const onProgress = () => undefined;
      await target.runSchema({ ...work, onProgress, definitions }, never);
      const cut = async function* () {
        yield Buffer.from("1\t2\n3\t4\n");
        throw new Error("the archive is away");
      };
      await using client = server.connect(into);
      for (let round = 0; round < 40; round++) {
        await expect(target.load(mutual, cut(), never)).rejects.toThrow("away");
        expect(await client.query("SELECT * FROM mutual")).toEqual([]);
      }
      await target[Symbol.asyncDispose]();
      await drop(into);
    });

    test("one table alone, with its keys and triggers and without a foreign key to others", async () => {
      const into = uniqueName("restored");
      const chosen = new Set(
        read.definitions.tables
          .filter(({ name }) => name === "mutual" || name === "parent")
          .map(({ table }) => table),
      );
      const { definitions, leftOut } = selectDefinitions(
        read.definitions,
        chosen,
      );
      expect(leftOut).toEqual([
        `foreign key ${from}.mutual.m1: it refers to a table that was not chosen`,
      ]);
      await using target = open(into);
      await runRestore(target, { ...read, definitions });
      const made = await server.query<{ name: string }>(
        `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = '${into}' ORDER BY 1`,
      );
      expect(made.map(({ name }) => name)).toEqual(["mutual", "parent"]);
      const triggers = await server.query(
        `SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = '${into}'`,
      );
      expect(triggers).toHaveLength(4);
      await target[Symbol.asyncDispose]();
      await drop(into);
    });

    test("rows that break a foreign key are kept, and said", async () => {
      const into = uniqueName("restored");
      const mutual = read.definitions.tables.find(
        ({ name }) => name === "mutual",
      );
      const rows = new Map(read.rows);
      rows.set(mutual?.table ?? 0, Buffer.from("1\t99\n"));
      await using target = open(into);
      const remarks = await runRestore(target, { ...read, rows });
      expect(remarks).toContainEqual(
        expect.stringMatching(/foreign key .*mutual\.m1: rows break it/),
      );
      await target[Symbol.asyncDispose]();
      await drop(into);
    });

    test("a target that writes names otherwise is refused", async () => {
      const { definitions } = read;
      if (definitions.engine === "postgres") throw new Error("not MySQL");
      await using target = open(uniqueName("restored"));
      const other = { ...definitions, lowerCaseTableNames: 1 };
      await expect(
        target.begin({ planHash: "plan", definitions: other }, never),
      ).rejects.toMatchObject({
        code: "TARGET_UNSUITABLE",
        message: expect.stringContaining("lower_case_table_names=0") as string,
      });
    });
  },
  { own: true },
);
