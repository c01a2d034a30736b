import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { CatalogState } from "../../../src/archive/catalog-state.ts";
import { readCatalog } from "../../../src/archive/read-catalog.ts";
import { parseLsn, parsePosition, lsnOf } from "../../../src/core/position.ts";
import { parseSourceName } from "../../../src/core/source-name.ts";
import { openDirectoryStore } from "../../../src/storage/directory/directory-store.ts";
import { never } from "../../support/never.ts";
import type { TestClient } from "../../support/postgres-client.ts";
import { uniqueName } from "../../support/postgres-client.ts";
import type { SharedPostgres } from "../../support/postgres.ts";
import { spawnCli } from "../../support/spawn-cli.ts";
import { tempDirectory } from "../../support/temp-directory.ts";
import { waitUntil } from "../../support/wait-until.ts";

const BIN = fileURLToPath(
  new URL("../../../bin/tidemark.mjs", import.meta.url),
);
const PATIENCE_MS = 60_000;

/** What a command that failed said, as `--json` and as text. */
export interface Refusal {
  readonly exitCode: number | undefined;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface Service extends AsyncDisposable {
  readonly log: () => string;
  readonly exitCode: () => number | undefined;
  /** Until the log has it. */
  says(text: string): Promise<void>;
  /** Until it has ended by itself. */
  end(): Promise<number>;
  stop(): Promise<void>;
}

/** A database with orders, a configuration and an archive; the name of the source is a name of the test's own. */
export class Shop implements AsyncDisposable {
  readonly source = parseSourceName(uniqueName("shop"));
  readonly server: SharedPostgres;
  readonly database: string;
  readonly folder: string;
  /** What the source's URL is. */
  url: string;
  private readonly stack: AsyncDisposableStack;

  private constructor(
    server: SharedPostgres,
    database: string,
    owned: { readonly folder: string; readonly stack: AsyncDisposableStack },
  ) {
    this.server = server;
    this.database = database;
    this.folder = owned.folder;
    this.stack = owned.stack;
    this.url = server.url(database);
  }

  static async open(server: SharedPostgres): Promise<Shop> {
    await using stack = new AsyncDisposableStack();
    const { path } = stack.use(await tempDirectory());
    const database = await server.createDatabase();
    const shop = new Shop(server, database, {
      folder: path,
      stack: stack.move(),
    });
    await shop.sql(
      "CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL); INSERT INTO orders SELECT n, 'new' FROM generate_series(1, 100) n",
    );
    return shop;
  }

  /** Prepared, running, with a base and a few transactions behind it. */
  static async running(
    server: SharedPostgres,
  ): Promise<{ shop: Shop; service: Service }> {
    const shop = await Shop.open(server);
    await shop.succeed(["prepare", shop.source]);
    const service = await shop.run();
    await shop.untilBase();
    await shop.order(3);
    await shop.untilArchived();
    return { shop, service };
  }

  get archive(): string {
    return join(this.folder, "archive");
  }

  get slot(): string {
    return `tidemark_${this.source}`;
  }

  async sql(text: string, database = this.database): Promise<void> {
    await using client = await this.connect(database);
    await client.query(text);
  }

  connect(database = this.database): Promise<TestClient> {
    return this.server.connect(database);
  }

  private orders = 1000;

  /** Transactions of one row each. */
  async order(count = 1): Promise<void> {
    await using client = await this.connect();
    for (let n = 0; n < count; n++) {
      await client.query("INSERT INTO orders VALUES ($1, 'new')", [
        ++this.orders,
      ]);
    }
  }

  async configure(
    more: {
      readonly source?: string;
      readonly extra?: string;
      readonly tables?: readonly string[];
      readonly archive?: string;
      readonly journal?: string;
      /** More of them, a line each. */
      readonly sources?: string;
    } = {},
  ): Promise<string> {
    const path = join(this.folder, "tidemark.yaml");
    await writeFile(
      path,
      `sources:
  ${more.source ?? this.source}: { postgres: "\${SHOP_URL}", rpo: 1s${more.tables === undefined ? "" : `, tables: ${JSON.stringify(more.tables)}`} }
${more.sources ?? ""}
journal: { directory: "${more.journal ?? "./journal"}" }
archive: [{ directory: "${more.archive ?? "./archive"}" }]
http: { listen: "127.0.0.1:0" }
${more.extra ?? ""}`,
    );
    return path;
  }

  private async configured(): Promise<void> {
    const files = await readdir(this.folder);
    if (!files.includes("tidemark.yaml")) await this.configure();
  }

  async cli(
    argv: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    return (await this.begin(argv, env)).ended;
  }

  /** A command, and its process while it is at work. */
  async begin(
    argv: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    await this.configured();
    return spawnCli([...argv, "--json"], {
      cwd: this.folder,
      env: { SHOP_URL: this.url, ...env },
    });
  }

  async succeed(
    argv: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Record<string, unknown>> {
    const ended = await this.cli(argv, env);
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
    return JSON.parse(ended.stdout) as Record<string, unknown>;
  }

  /** A command that has to fail: what it said, which always has a hint. */
  async refused(
    argv: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Refusal> {
    const ended = await this.cli(argv, env);
    const document = JSON.parse(ended.stdout || "{}") as {
      error?: { code: string; message: string; hint?: string };
    };
    expect(ended.exitCode, ended.stderr).not.toBe(0);
    expect(document.error, ended.stderr).toBeDefined();
    expect(ended.stderr).toContain(`error ${document.error?.code}`);
    return {
      exitCode: ended.exitCode,
      code: document.error?.code ?? "",
      message: document.error?.message ?? "",
      hint: document.error?.hint ?? "",
    };
  }

  async run(env: Readonly<Record<string, string>> = {}): Promise<Service> {
    await this.configured();
    const child = spawn(process.execPath, [BIN, "run"], {
      cwd: this.folder,
      env: { PATH: process.env["PATH"], SHOP_URL: this.url, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
    const exit = once(child, "close") as Promise<[number | null]>;
    let exitCode: number | undefined;
    void exit.then(([code]) => (exitCode = code ?? -1));
    const service: Service = {
      log: () => log,
      exitCode: () => exitCode,
      says: (text) =>
        until(`run says ${text}: ${log}`, () => log.includes(text)),
      end: async () => {
        await until(
          "run ends by itself",
          () => exitCode !== undefined,
          () => log,
        );
        return exitCode ?? -1;
      },
      stop: async () => {
        child.kill("SIGTERM");
        await exit;
      },
      [Symbol.asyncDispose]: async () => {
        child.kill("SIGKILL");
        await exit;
      },
    };
    this.stack.use(service);
    return service;
  }

  async state(source = this.source): Promise<CatalogState | undefined> {
    await mkdir(this.archive, { recursive: true });
    await using store = await openDirectoryStore({ directory: this.archive });
    return readCatalog({ store, source, from: "start" }, never);
  }

  async requireState(): Promise<CatalogState> {
    const state = await this.state();
    if (state === undefined) throw new Error("no archive has begun");
    return state;
  }

  async untilBase(bases = 1): Promise<void> {
    await until(
      `${bases} bases`,
      async () => ((await this.state())?.bases.length ?? 0) >= bases,
    );
  }

  /** Until everything that is committed now is in the archive. */
  async untilArchived(): Promise<CatalogState> {
    await using client = await this.connect();
    // A transaction of ours, so that the archiver does not wait for progress.
    await client.query(
      "SELECT pg_logical_emit_message(true, 'tidemark.context', '{}')",
    );
    const { rows } = await client.query<{ lsn: string }>(
      "SELECT pg_current_wal_insert_lsn()::text AS lsn",
    );
    await client.query(
      "SELECT pg_logical_emit_message(true, 'tidemark.context', '{}')",
    );
    const lsn = parseLsn(rows[0]?.lsn ?? "");
    const reaches = (state: CatalogState | undefined) =>
      state !== undefined && lsnOf(parsePosition(state.head.position)) >= lsn;
    await until("everything is archived", async () =>
      reaches(await this.state()),
    );
    return this.requireState();
  }

  async slotPosition(): Promise<string | undefined> {
    await using client = await this.connect();
    const { rows } = await client.query<{ lsn: string }>(
      "SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots WHERE slot_name = $1",
      [this.slot],
    );
    return rows[0]?.lsn;
  }

  async rows(database = this.database): Promise<readonly unknown[]> {
    await using client = await this.connect(database);
    const { rows } = await client.query<{ id: number; status: string }>(
      "SELECT id, status FROM orders ORDER BY id",
    );
    return rows;
  }

  async databaseExists(database: string): Promise<boolean> {
    await using client = await this.connect("postgres");
    const { rowCount } = await client.query(
      "SELECT FROM pg_database WHERE datname = $1",
      [database],
    );
    return rowCount === 1;
  }

  /** All that is committed now is archived without a hole, can be restored, and is the same. */
  async expectNothingLost(): Promise<void> {
    await this.untilArchived();
    await until("the head can be restored", async () => {
      const ended = await this.cli(
        [
          ...["restore", this.source, "--at", "latest", "--dry-run"],
          ...["--into", "env:INTO_URL"],
        ],
        { INTO_URL: this.server.url("nothing") },
      );
      return ended.exitCode === 0;
    });
    const target = uniqueName("restored");
    await this.succeed(
      ["restore", this.source, "--at", "latest", "--into", "env:INTO_URL"],
      { INTO_URL: this.server.url(target) },
    );
    expect(await this.rows(target)).toEqual(await this.rows());
    let seq = 0;
    for (const segment of (await this.requireState()).segments) {
      expect(segment.first.seq).toBe(seq + 1);
      seq = segment.last.seq;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.disposeAsync();
    // A slot outlives its database's tests otherwise, and there are ten of them in a server.
    await using client = await this.connect("postgres");
    await client.query(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = $1 AND NOT active`,
      [this.database],
    );
  }
}

async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  detail: () => string = () => "",
): Promise<void> {
  await waitUntil(what, holds, PATIENCE_MS).catch((error: unknown) => {
    throw new Error(`${String(error)} ${detail()}`, { cause: error });
  });
}
