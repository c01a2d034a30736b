import type { Random } from "../random.ts";

/** Commands on objects of its own and, where the workload's statements bear it, on the workload's tables. */
export class DdlPlanner {
  private readonly random: Random;
  private made = 0;
  private readonly tables: string[] = [];
  private readonly indexes: string[] = [];
  private readonly views: string[] = [];
  private readonly types: string[] = [];
  private readonly columns: (readonly [table: string, column: string])[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  /** The statements of one transaction. */
  next(): readonly string[] {
    const { random } = this;
    const plans = [
      () => this.createTable(),
      () => this.createTable(),
      () => this.createTableAs(),
      () => this.addColumn(),
      () => this.addColumn(),
      () => this.createIndex(),
      () => this.createView(),
      () => this.createType(),
      () => this.createFunction(),
      () => [`COMMENT ON TABLE oracle.accounts IS 'seen ${this.made++} times'`],
      () => this.drop(this.indexes, (name) => `DROP INDEX ${name}`),
      () => this.drop(this.views, (name) => `DROP VIEW ${name}`),
      () => this.drop(this.tables, (name) => `DROP TABLE ${name} CASCADE`),
      () => this.dropColumn(),
      () => this.dropExpression(),
      () => this.changeTable(),
      () => this.changeTable(),
      () => this.changeType(),
      () => this.detachAndAttach(),
    ];
    const planned = random.pick(plans)();
    // Half of them come with rows in the same transaction, before or behind.
    if (!random.chance(0.5)) return planned;
    const row = `INSERT INTO oracle.insert_only VALUES (now(), 'ddl ${this.made}')`;
    return random.chance(0.5) ? [row, ...planned] : [...planned, row];
  }

  private createTable(): readonly string[] {
    const table = this.name("table", this.tables);
    const key = this.random.pick([
      "id int PRIMARY KEY",
      "id bigint GENERATED ALWAYS AS IDENTITY",
      "id int NOT NULL UNIQUE",
    ]);
    const unlogged = this.random.chance(0.2) ? "UNLOGGED " : "";
    const always = key.includes("ALWAYS") ? " OVERRIDING SYSTEM VALUE" : "";
    return [
      `CREATE ${unlogged}TABLE ${table} (${key}, note text DEFAULT 'new', amount numeric(10, 2))`,
      `INSERT INTO ${table} (id, amount)${always} SELECT n, n / 3.0 FROM generate_series(1, 50) n`,
    ];
  }

  private createTableAs(): readonly string[] {
    const table = this.name("copy", this.tables);
    return [
      `CREATE TABLE ${table} AS SELECT id, name AS note, balance AS amount FROM oracle.accounts LIMIT 100`,
    ];
  }

  private addColumn(): readonly string[] {
    const table = this.random.pick([
      ...["oracle.accounts", "oracle.documents", "oracle.keyless"],
      ...["oracle.measurements", "oracle.vehicles", "oracle.full_beside_key"],
      "oracle.keyless_computed",
    ]);
    const column = `more_${this.made++}`;
    this.columns.push([table, column]);
    const type = this.random.pick([
      "int",
      "text DEFAULT 'there already'",
      "timestamptz DEFAULT clock_timestamp()",
      "numeric GENERATED ALWAYS AS (1 + 1) STORED",
      "uuid NOT NULL DEFAULT gen_random_uuid()",
    ]);
    return [`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`];
  }

  private dropColumn(): readonly string[] {
    const [table, column] = this.takeOne(this.columns) ?? [];
    if (table === undefined) return this.addColumn();
    return [`ALTER TABLE ${table} DROP COLUMN ${column} CASCADE`];
  }

  /** What the server computed is stored as any other value from here on. */
  private dropExpression(): readonly string[] {
    if (this.columns.length === 0) return this.addColumn();
    const [table, column] = this.random.pick(this.columns);
    return [
      `ALTER TABLE ${table} ALTER COLUMN ${column} DROP EXPRESSION IF EXISTS`,
    ];
  }

  private createIndex(): readonly string[] {
    const index = this.name("index", this.indexes);
    const bare = index.slice("oracle.".length);
    return [
      this.random.pick([
        `CREATE INDEX ${bare} ON oracle.orders (note)`,
        `CREATE INDEX ${bare} ON oracle.measurements (day DESC)`,
        `CREATE INDEX ${bare} ON oracle.accounts (lower(name)) WHERE balance > 0`,
      ]),
    ];
  }

  private createView(): readonly string[] {
    const view = this.name("view", this.views);
    return [
      `CREATE VIEW ${view} AS SELECT a.id, a.name, count(o.id) AS orders FROM oracle.accounts a LEFT JOIN oracle.orders o ON o.account = a.id GROUP BY a.id`,
    ];
  }

  private createType(): readonly string[] {
    const type = this.name("type", this.types);
    const table = this.name("typed", this.tables);
    return [
      `CREATE TYPE ${type} AS ENUM ('one', 'two')`,
      `CREATE TABLE ${table} (id int PRIMARY KEY, note text, amount numeric, kind ${type} DEFAULT 'one')`,
      `INSERT INTO ${table} (id) SELECT generate_series(1, 20)`,
    ];
  }

  private createFunction(): readonly string[] {
    return [
      `CREATE OR REPLACE FUNCTION oracle.twice(n int) RETURNS int LANGUAGE sql AS 'SELECT ${this.made++} + 2 * n'`,
    ];
  }

  private changeType(): readonly string[] {
    if (this.types.length === 0) return this.createType();
    const type = this.random.pick(this.types);
    return this.random.chance(0.5)
      ? [`ALTER TYPE ${type} ADD VALUE 'more ${this.made++}' BEFORE 'two'`]
      : [`ALTER TYPE ${type} RENAME VALUE 'one' TO 'was one ${this.made++}'`];
  }

  private changeTable(): readonly string[] {
    const table = this.takeOne(this.tables);
    if (table === undefined) return this.createTable();
    const to = this.name("renamed", this.tables);
    if (this.random.chance(0.3)) {
      return [
        `ALTER TABLE ${table} RENAME TO ${to.slice("oracle.".length)}`,
        `UPDATE ${to} SET note = 'renamed' WHERE id < 9`,
      ];
    }
    this.tables.splice(-1, 1, table);
    return [
      this.random.pick([
        `ALTER TABLE ${table} ALTER amount TYPE double precision USING amount * 2`,
        `ALTER TABLE ${table} ALTER amount TYPE numeric(12, 3)`,
        `ALTER TABLE ${table} ALTER note SET DEFAULT 'other'`,
        `ALTER TABLE ${table} SET LOGGED`,
        `ALTER TABLE ${table} SET UNLOGGED`,
        `ALTER TABLE ${table} REPLICA IDENTITY FULL`,
        `ALTER TABLE ${table} RENAME note TO note_${this.made++}; ALTER TABLE ${table} ADD note text`,
        `ALTER TABLE ${table} ALTER note SET NOT NULL`,
      ]),
      `DELETE FROM ${table} WHERE id > 40`,
    ];
  }

  /** What was written to it meanwhile came under no parent. */
  private detachAndAttach(): readonly string[] {
    return [
      "ALTER TABLE oracle.measurements DETACH PARTITION oracle.measurements_us",
      "UPDATE oracle.measurements_us SET note = 'apart' WHERE id < 5",
      "ALTER TABLE oracle.measurements ATTACH PARTITION oracle.measurements_us FOR VALUES IN ('us')",
    ];
  }

  private drop(
    from: string[],
    statement: (name: string) => string,
  ): readonly string[] {
    const name = this.takeOne(from);
    return name === undefined ? this.createFunction() : [statement(name)];
  }

  private takeOne<T>(from: T[]): T | undefined {
    if (from.length === 0) return undefined;
    return from.splice(this.random.integer(0, from.length - 1), 1)[0];
  }

  private name(what: string, into: string[]): string {
    const name = `oracle.${what}_${this.made++}`;
    into.push(name);
    return name;
  }
}
