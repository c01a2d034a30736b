import { TidemarkError } from "../../../core/errors.ts";
import { mysqlTableId } from "../shape.ts";
import { classify, type Statement } from "./ddl/classify.ts";
import type { NamedObject } from "./ddl/token-cursor.ts";
import { tokenize } from "./ddl/tokenize.ts";
import type { Query } from "./events/query.ts";
import { decodeStatement } from "./statement-text.ts";
import type { Flavour, StreamTables } from "./stream-tables.ts";
import type { Transactions } from "./transactions.ts";
import { readXaStatement } from "./xa-statement.ts";

const ANSI_QUOTES = 0x4;
const NO_BACKSLASH_ESCAPES = 0x10_0000;
const MOST_OBJECTS = 100;
/** Longer statements are cut: the text is for people, and for whoever runs it again. */
const STATEMENT_CHARACTERS = 256 * 1024;

const SAVEPOINT = /^SAVEPOINT\s+(.+)$/is;
const ROLLBACK_TO = /^ROLLBACK\s+(?:WORK\s+)?TO\s+(?:SAVEPOINT\s+)?(.+)$/is;
const XA = /^XA\s/i;

/** How a statement of the log leaves the group that it is in. */
export type Outcome =
  /** Rows or other statements may follow. */
  | "open"
  /** It is over by itself, unless something said that more follows. */
  | "single"
  /** It has ended the group. */
  | "ended";

export interface StatementsOptions {
  readonly flavour: Flavour;
  readonly tables: StreamTables;
  readonly transactions: Transactions;
  /** lower_case_table_names: names of tables are stored in lower case, however a statement writes them. */
  readonly lowerCaseNames: boolean;
}

/** What statements in a log of rows do: they open and close groups, and define things. */
export class Statements {
  private readonly options: StatementsOptions;

  constructor(options: StatementsOptions) {
    this.options = options;
  }

  /** A promise of nothing where a transaction that it ends has to be waited for. */
  run(query: Query): Outcome | Promise<void> {
    const { transactions } = this.options;
    const { text } = query;
    if (isText(text, "BEGIN") || isText(text, "START TRANSACTION"))
      return "open";
    if (isText(text, "COMMIT")) return transactions.commit() ?? "ended";
    if (isText(text, "ROLLBACK")) {
      transactions.rollback();
      return "ended";
    }
    const statement = decodeStatement(text, query.charsets?.[0]);
    const control =
      statement === undefined ? undefined : this.control(statement.trim());
    if (control !== undefined) return control;
    if (!transactions.matter) return "single";
    return this.define(query, statement);
  }

  /** Whether it is only a comment. */
  isNothing(query: Query): boolean {
    const statement = this.classify(query, query.text.toString("latin1"));
    return statement.kind === "passes";
  }

  /** Savepoints and XA; undefined for anything else. */
  private control(text: string): Outcome | Promise<void> | undefined {
    const { transactions } = this.options;
    const savepoint = SAVEPOINT.exec(text)?.[1];
    if (savepoint !== undefined) {
      transactions.savepoint(savepointName(savepoint));
      return "open";
    }
    const rollback = ROLLBACK_TO.exec(text)?.[1];
    if (rollback !== undefined) {
      transactions.rollbackTo(savepointName(rollback));
      return "open";
    }
    const xa = XA.test(text) ? readXaStatement(text) : undefined;
    if (xa === undefined) return undefined;
    const { xid, onePhase } = xa;
    switch (xa.verb) {
      case "START":
        transactions.startXa();
        return "open";
      case "END":
        return "open";
      case "PREPARE":
        transactions.prepare(xid);
        return "ended";
      case "COMMIT": {
        const done = onePhase
          ? transactions.commit()
          : transactions.decide(xid, true);
        return done ?? "ended";
      }
      case "ROLLBACK":
        return transactions.decide(xid, false) ?? "ended";
    }
  }

  private define(query: Query, text: string | undefined): Outcome {
    const { transactions, tables } = this.options;
    const statement = this.classify(query, text);
    switch (statement.kind) {
      case "passes":
        return "single";
      case "rows":
        throw statementForm(statement.word);
      case "truncate": {
        const { schema, name } = this.stored(statement.table);
        if (tables.isCaptured(schema, name)) {
          const table = tables.truncatedTable(schema, name);
          const options = { cascade: false, restartIdentity: true };
          transactions.parts.truncate([table], options);
        }
        return "single";
      }
      case "ddl":
        this.record(statement, query, text);
        return statement.opensTransaction ? "open" : "single";
    }
  }

  private classify(query: Query, text: string | undefined): Statement {
    const nothing = { tag: "unknown", objects: [], opensTransaction: false };
    if (text === undefined) return { kind: "ddl", tables: null, ...nothing };
    const tokens = tokenize(text, {
      ansiQuotes: (query.sqlMode & ANSI_QUOTES) !== 0,
      noBackslashEscapes: (query.sqlMode & NO_BACKSLASH_ESCAPES) !== 0,
      mariadb: this.options.flavour === "mariadb",
    });
    return classify(tokens, query.schema);
  }

  /** As docs/events.md says; nothing where it concerns only what is in no history. */
  private record(
    statement: Statement & { kind: "ddl" },
    query: Query,
    text: string | undefined,
  ): void {
    const { tag } = statement;
    const objects = statement.objects
      .map((object) => ({ type: object.type, ...this.stored(object) }))
      .filter((object) => this.isOurs(object));
    const tables = statement.tables
      ?.map((table) => this.stored(table))
      .filter(({ schema, name }) =>
        this.options.tables.isCaptured(schema, name),
      );
    const isOthers = statement.objects.length > 0 && objects.length === 0;
    if (isOthers && tables?.length === 0) return;
    const ids = tables?.map(({ schema, name }) => mysqlTableId(schema, name));
    const body = {
      tag,
      tables: ids === undefined ? null : [...new Set(ids)],
      objects: objects.slice(0, MOST_OBJECTS).map(({ type, schema, name }) => ({
        type,
        name: type === "DATABASE" ? name : `${schema}.${name}`,
      })),
      schema: query.schema,
      sqlMode: query.sqlMode,
      charsets: query.charsets,
      timeZone: query.timeZone,
      statement: text?.slice(0, STATEMENT_CHARACTERS),
    };
    this.options.transactions.parts.event({
      kind: "event",
      event: "ddl",
      name: tag,
      body: Buffer.from(JSON.stringify(body)),
    });
  }

  /** A table outside the history is nobody's; other objects belong to their schema. */
  private isOurs(object: {
    readonly type: string;
    readonly schema: string;
    readonly name: string;
  }): boolean {
    const { type, schema, name } = object;
    if (type === "TABLE") return this.options.tables.isCaptured(schema, name);
    return this.options.tables.isCapturedSchema(
      type === "DATABASE" ? name : schema,
    );
  }

  private stored<T extends NamedObject>({ schema, name }: T): NamedObject {
    return this.options.lowerCaseNames
      ? { schema: schema.toLowerCase(), name: name.toLowerCase() }
      : { schema, name };
  }
}

function statementForm(word: string): TidemarkError {
  return new TidemarkError(
    "SOURCE_UNREADABLE",
    `the log has ${word} as a statement, not as rows`,
    {
      hint: "SET GLOBAL binlog_format = ROW, and end the sessions that have it otherwise; nothing was skipped",
    },
  );
}

/** Names of savepoints are not case-sensitive. */
function savepointName(text: string): string {
  const name = /^`(.*)`$/s.exec(text.trim())?.[1]?.replaceAll("``", "`");
  return (name ?? text.trim()).toLowerCase();
}

function isText(bytes: Buffer, text: string): boolean {
  return (
    bytes.length === text.length &&
    bytes.toString("latin1").toUpperCase() === text
  );
}
