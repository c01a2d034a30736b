import type { Random } from "../random.ts";

/** Commands on objects of its own and, where the workload's statements bear it, on the workload's tables. */
export class DdlPlanner {
  private readonly random: Random;
  private readonly generated: boolean;
  private made = 0;
  private readonly tables: string[] = [];
  private readonly views: string[] = [];
  private readonly schemas: string[] = [];
  private readonly columns: (readonly [table: string, column: string])[] = [];
  private readonly keys: (readonly [table: string, key: string])[] = [];

  /** `generated`: with columns that the server computes. */
  constructor(random: Random, generated: boolean) {
    this.random = random;
    this.generated = generated;
  }

  /** Statements one after the other, each of which the server commits by itself. */
  next(): readonly string[] {
    const { random } = this;
    const plans = [
      () => this.createTable(),
      () => this.createTable(),
      () => this.createTableAs(),
      () => this.createLike(),
      () => this.addColumn(),
      () => this.addColumn(),
      () => this.changeColumn(),
      () => this.dropColumn(),
      () => this.addKey(),
      () => this.dropKey(),
      () => this.createView(),
      () => this.createRoutine(),
      () => this.createTrigger(),
      () => this.createSchema(),
      () => this.drop(this.views, (name) => `DROP VIEW ${name}`),
      () => this.drop(this.tables, (name) => `DROP TABLE ${name}`),
      () => this.drop(this.schemas, (name) => `DROP DATABASE ${name}`),
      () => this.changeTable(),
      () => this.changeTable(),
      () => this.swapTables(),
      () => this.rebuild(),
      () => this.changePartitions(),
    ];
    const planned = random.pick(plans)();
    // Half of them come with rows, before or behind.
    if (!random.chance(0.5)) return planned;
    const row = `INSERT INTO oracle.insert_only (happened_at, what) VALUES (NOW(6), 'ddl ${this.made}')`;
    return random.chance(0.5) ? [row, ...planned] : [...planned, row];
  }

  private createTable(): readonly string[] {
    const table = this.name("table", this.tables);
    const key = this.random.pick([
      "id INT PRIMARY KEY",
      "id BIGINT NOT NULL AUTO_INCREMENT, UNIQUE KEY (id)",
      "id INT NOT NULL UNIQUE",
      "id INT",
    ]);
    const options = this.random.pick([
      ...["", " CHARACTER SET latin1", " ROW_FORMAT = COMPRESSED"],
      " COMMENT 'made; by \"DDL\" -- yes' AUTO_INCREMENT = 100",
    ]);
    return [
      `CREATE /* a ; comment */ TABLE ${table} (${key}, note VARCHAR(60) DEFAULT 'new;', amount DECIMAL(10, 2))${options}`,
      `INSERT INTO ${table} (id, amount) WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 50) SELECT n, n / 3 FROM numbers`,
    ];
  }

  private createTableAs(): readonly string[] {
    const table = this.name("copy", this.tables);
    return [
      `CREATE TABLE ${table} AS SELECT id, name AS note, balance AS amount FROM oracle.accounts LIMIT 100`,
    ];
  }

  private createLike(): readonly string[] {
    if (this.tables.length === 0) return this.createTable();
    const like = this.random.pick(this.tables);
    const table = this.name("like", this.tables);
    return [
      `CREATE TABLE ${table} LIKE ${like}`,
      `INSERT INTO ${table} (id, amount) VALUES (1, 2)`,
    ];
  }

  private addColumn(): readonly string[] {
    const table = this.random.pick([
      ...["oracle.accounts", "oracle.documents", "oracle.keyless"],
      ...["oracle.measurements", "oracle.hashed", "oracle.by_code"],
      "oracle.keyless_computed",
    ]);
    const column = `more_${this.made++}`;
    this.columns.push([table, column]);
    const computed = this.generated
      ? "DECIMAL(5, 1) GENERATED ALWAYS AS (1 + 1) STORED"
      : "DECIMAL(5, 1)";
    const type = this.random.pick([
      ...["INT", "VARCHAR(40) DEFAULT 'there already'", "JSON"],
      "TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)",
      computed,
      "CHAR(5) CHARACTER SET latin1 NOT NULL DEFAULT 'ä'",
    ]);
    const place = this.random.pick(["", " FIRST"]);
    return [`ALTER TABLE ${table} ADD COLUMN ${column} ${type}${place}`];
  }

  private changeColumn(): readonly string[] {
    if (this.columns.length === 0) return this.addColumn();
    const [table, column] = this.random.pick(this.columns);
    return [
      this.random.pick([
        `ALTER TABLE ${table} MODIFY ${column} VARCHAR(80)`,
        `ALTER TABLE ${table} ALTER COLUMN ${column} DROP DEFAULT`,
        `ALTER TABLE ${table} MODIFY COLUMN ${column} VARCHAR(200) AFTER id`,
      ]),
    ];
  }

  private dropColumn(): readonly string[] {
    const [table, column] = this.takeOne(this.columns) ?? [];
    if (table === undefined) return this.addColumn();
    return [`ALTER TABLE ${table} DROP COLUMN ${column}`];
  }

  private addKey(): readonly string[] {
    const key = `key_${this.made++}`;
    const [table, columns] = this.random.pick([
      ["oracle.orders", "(note)"],
      ["oracle.measurements", "(day DESC)"],
      ["oracle.accounts", "(name, balance)"],
    ] as const);
    this.keys.push([table, key]);
    return [`CREATE INDEX ${key} ON ${table} ${columns}`];
  }

  private dropKey(): readonly string[] {
    const [table, key] = this.takeOne(this.keys) ?? [];
    if (table === undefined) return this.addKey();
    return [`DROP INDEX ${key} ON ${table}`];
  }

  private createView(): readonly string[] {
    const view = this.name("view", this.views);
    return [
      `CREATE OR REPLACE VIEW ${view} AS SELECT a.id, a.name, COUNT(o.id) AS orders FROM oracle.accounts a LEFT JOIN oracle.orders o ON o.account = a.id GROUP BY a.id, a.name`,
    ];
  }

  /** The server keeps the time of it, but nobody compares that. */
  private createRoutine(): readonly string[] {
    const answer = this.made++;
    return this.random.pick([
      [
        "DROP FUNCTION IF EXISTS oracle.answer",
        `CREATE FUNCTION oracle.answer(n INT) RETURNS INT DETERMINISTIC RETURN ${answer} + n`,
      ],
      [
        "DROP PROCEDURE IF EXISTS oracle.answers",
        `CREATE PROCEDURE oracle.answers() BEGIN SELECT ${answer}; SELECT 'TRUNCATE TABLE oracle.rates;'; END`,
      ],
      [
        `ALTER EVENT oracle.nightly ON SCHEDULE EVERY ${answer + 1} DAY STARTS '2031-01-01 03:00:00'`,
      ],
    ]);
  }

  private createTrigger(): readonly string[] {
    return [
      "DROP TRIGGER IF EXISTS oracle.rated",
      `CREATE TRIGGER oracle.rated BEFORE INSERT ON oracle.rates FOR EACH ROW SET NEW.label = CONCAT('${this.made++}', NEW.label)`,
    ];
  }

  private createSchema(): readonly string[] {
    const schema = `oracle_more_${this.made++}`;
    this.schemas.push(schema);
    return [
      `CREATE DATABASE ${schema} CHARACTER SET latin1`,
      `CREATE TABLE ${schema}.inside (id INT PRIMARY KEY, word VARCHAR(9))`,
      `INSERT INTO ${schema}.inside VALUES (1, 'é'), (2, NULL)`,
    ];
  }

  private changeTable(): readonly string[] {
    const table = this.takeOne(this.tables);
    if (table === undefined) return this.createTable();
    const to = this.name("renamed", this.tables);
    if (this.random.chance(0.3)) {
      return [
        this.random.pick([
          `RENAME TABLE ${table} TO ${to}`,
          `ALTER TABLE ${table} RENAME AS ${to}`,
        ]),
        `UPDATE ${to} SET note = 'renamed' WHERE id < 9`,
      ];
    }
    this.tables.splice(-1, 1, table);
    return [
      this.random.pick([
        `ALTER TABLE ${table} MODIFY amount DOUBLE`,
        `ALTER TABLE ${table} MODIFY amount DECIMAL(12, 3)`,
        `ALTER TABLE ${table} ALTER note SET DEFAULT 'other'`,
        `ALTER TABLE ${table} RENAME COLUMN note TO note_${this.made}, ADD note TEXT`,
        `ALTER TABLE ${table} ADD PRIMARY KEY (id)`,
        `ALTER TABLE ${table} DROP PRIMARY KEY`,
        `ALTER TABLE ${table} CONVERT TO CHARACTER SET latin1`,
        `ALTER TABLE ${table} AUTO_INCREMENT = ${100 + this.made++}, COMMENT = 'changed'`,
      ]),
      `DELETE FROM ${table} WHERE id > 40`,
    ];
  }

  /** As those do who change a table beside its use. */
  private swapTables(): readonly string[] {
    return [
      "DROP TABLE IF EXISTS oracle.keyless_old",
      "CREATE TABLE oracle.keyless_new LIKE oracle.keyless",
      "INSERT INTO oracle.keyless_new (colour, size) VALUES ('red', 3)",
      "RENAME TABLE oracle.keyless TO oracle.keyless_old, oracle.keyless_new TO oracle.keyless",
      "INSERT INTO oracle.keyless (colour, size) VALUES ('swapped', 4)",
    ];
  }

  /** The same rows in another file. */
  private rebuild(): readonly string[] {
    return [
      this.random.pick([
        "ALTER TABLE oracle.rates FORCE",
        "ALTER TABLE oracle.rates ENGINE = InnoDB",
      ]),
    ];
  }

  private changePartitions(): readonly string[] {
    return [
      this.random.pick([
        "ALTER TABLE oracle.measurements TRUNCATE PARTITION in_2024",
        "ALTER TABLE oracle.measurements REBUILD PARTITION later",
        "ALTER TABLE oracle.hashed ADD PARTITION PARTITIONS 1",
      ]),
    ];
  }

  private drop(
    from: string[],
    statement: (name: string) => string,
  ): readonly string[] {
    const name = this.takeOne(from);
    return name === undefined ? this.createRoutine() : [statement(name)];
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
