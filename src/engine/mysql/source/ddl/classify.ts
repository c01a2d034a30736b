import { alteredTables } from "./alter-table.ts";
import { TokenCursor, type NamedObject } from "./token-cursor.ts";
import type { Token } from "./tokenize.ts";

export interface DdlObject extends NamedObject {
  readonly type: string;
}

export type Statement =
  /** Changes neither rows nor definitions of a history. */
  | { readonly kind: "passes" }
  /** Changes rows that the log does not have. */
  | { readonly kind: "rows"; readonly word: string }
  | { readonly kind: "truncate"; readonly table: NamedObject }
  | {
      readonly kind: "ddl";
      readonly tag: string;
      /** Whose rows may be others, or be read otherwise; null: it cannot be told. */
      readonly tables: readonly NamedObject[] | null;
      /** What it is about. */
      readonly objects: readonly DdlObject[];
      /** Rows and a commit follow. */
      readonly opensTransaction: boolean;
    };

const PASSES: Statement = { kind: "passes" };

/** Statements that pass: about accounts, servers, caches, statistics. What stands in no list ends every table's history. */
const PASSING = [
  ...["ANALYZE", "FLUSH", "GRANT", "REVOKE", "SET", "OPTIMIZE", "CHECK"],
  ...["CACHE", "INSTALL", "UNINSTALL", "RESET", "PURGE", "KILL", "BINLOG"],
  ...["LOCK", "UNLOCK", "USE", "SHUTDOWN", "RESTART", "CLONE", "CHANGE"],
  ...["START", "STOP", "RELEASE", "CHECKSUM", "BACKUP", "SHOW"],
];
const PASSING_OBJECTS = [
  ...["USER", "ROLE", "SERVER", "TABLESPACE", "LOGFILE", "UNDO", "RESOURCE"],
  ...["INSTANCE", "TEMPORARY", "PREPARE"],
];
/** In a log of rows they are there as rows. */
const ROWS = [
  ...["INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "WITH", "CALL", "DO"],
  ...["SELECT", "TABLE", "VALUES", "MERGE", "HANDLER", "EXECUTE"],
];
/** Objects of whose definitions no row depends. */
const DEFINITIONS = [
  ...["VIEW", "TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "SEQUENCE"],
  ...["PACKAGE", "LIBRARY"],
];
/** Words between CREATE, ALTER or DROP and the kind of object. */
const MODIFIERS = [
  ...["AGGREGATE", "UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR", "ONLINE"],
  ...["OFFLINE", "JSON", "RELATIONAL", "DUALITY", "MATERIALIZED"],
];

/** What a statement of the log means to a history. */
export function classify(tokens: readonly Token[], schema: string): Statement {
  const cursor = new TokenCursor(tokens, schema);
  // MariaDB: SET STATEMENT variable = value … FOR statement
  if (cursor.accept("SET", "STATEMENT") && !cursor.skipBeyond("FOR"))
    return unknown();
  const { word } = cursor;
  if (cursor.atEnd || PASSING.includes(word)) return PASSES;
  if (ROWS.includes(word)) return { kind: "rows", word };
  cursor.skip();
  switch (word) {
    case "TRUNCATE":
      return truncate(cursor);
    case "RENAME":
      return rename(cursor);
    case "REPAIR":
      return repair(cursor);
    case "CREATE":
    case "ALTER":
    case "DROP":
      return define(word, cursor);
    default:
      return unknown();
  }
}

function unknown(): Statement {
  return ddl("unknown", null);
}

function ddl(
  tag: string,
  tables: readonly NamedObject[] | null,
  objects?: readonly DdlObject[],
): Statement & { kind: "ddl" } {
  return {
    kind: "ddl",
    tag,
    tables,
    objects:
      objects ?? (tables ?? []).map((table) => ({ type: "TABLE", ...table })),
    opensTransaction: false,
  };
}

function truncate(cursor: TokenCursor): Statement {
  cursor.accept("TABLE");
  const table = cursor.object();
  return table === undefined ? unknown() : { kind: "truncate", table };
}

function rename(cursor: TokenCursor): Statement {
  if (cursor.word === "USER") return PASSES;
  if (!cursor.acceptAny("TABLE", "TABLES")) return unknown();
  cursor.accept("IF", "EXISTS");
  const tables: NamedObject[] = [];
  do {
    const from = cursor.object();
    if (cursor.accept("WAIT")) cursor.skip();
    else cursor.accept("NOWAIT");
    const to = cursor.accept("TO") ? cursor.object() : undefined;
    if (from === undefined || to === undefined) return unknown();
    tables.push(from, to);
  } while (cursor.accept(","));
  return ddl("RENAME TABLE", tables);
}

/** Rows that cannot be repaired are gone. */
function repair(cursor: TokenCursor): Statement {
  cursor.acceptAny("NO_WRITE_TO_BINLOG", "LOCAL");
  if (!cursor.acceptAny("TABLE", "TABLES")) return unknown();
  const tables = cursor.objects();
  return tables === undefined ? unknown() : ddl("REPAIR TABLE", tables);
}

type Verb = "CREATE" | "ALTER" | "DROP";

function define(verb: Verb, cursor: TokenCursor): Statement {
  const ignores = skipModifiers(cursor);
  const type = cursor.word;
  const tag = `${verb} ${type}`;
  if (PASSING_OBJECTS.includes(type)) return PASSES;
  cursor.skip();
  if (DEFINITIONS.includes(type)) {
    if (type === "PACKAGE") cursor.accept("BODY");
    skipExistence(cursor);
    const objects = cursor.objects() ?? [];
    return ddl(
      tag,
      [],
      objects.map((object) => ({ type, ...object })),
    );
  }
  switch (type) {
    case "TABLE":
    case "TABLES":
      // ALTER IGNORE TABLE removes the rows that a new key does not allow.
      return ignores
        ? ddl(tag, cursor.objects()?.slice(0, 1) ?? null)
        : defineTable(verb, cursor);
    case "INDEX":
      return defineIndex(verb, cursor);
    case "DATABASE":
    case "SCHEMA": {
      // A table that comes again by the name of one that went with its schema is named when it is created.
      skipExistence(cursor);
      const name = cursor.name() ?? "";
      return ddl(
        `${verb} DATABASE`,
        [],
        [{ type: "DATABASE", schema: name, name }],
      );
    }
    case "REFERENCE":
      return ddl(`${verb} SPATIAL REFERENCE SYSTEM`, [], []);
    default:
      return unknown();
  }
}

function defineTable(verb: Verb, cursor: TokenCursor): Statement {
  skipExistence(cursor);
  if (verb === "DROP") {
    const tables = cursor.objects();
    return tables === undefined ? unknown() : ddl("DROP TABLE", tables);
  }
  const table = cursor.object();
  if (table === undefined) return unknown();
  const objects = [{ type: "TABLE", ...table }];
  if (verb === "ALTER") {
    if (cursor.accept("WAIT")) cursor.skip();
    else cursor.accept("NOWAIT");
    return ddl("ALTER TABLE", alteredTables(table, cursor), objects);
  }
  return {
    ...ddl("CREATE TABLE", [table], objects),
    opensTransaction: cursor.endsWith("START", "TRANSACTION"),
  };
}

/** No row depends on a secondary index; of the primary key the rows' identity does. */
function defineIndex(verb: Verb, cursor: TokenCursor): Statement {
  skipExistence(cursor);
  const name = cursor.name() ?? "";
  const table = cursor.skipBeyond("ON") ? cursor.object() : undefined;
  if (table === undefined) return unknown();
  const isPrimary = name.toUpperCase() === "PRIMARY";
  return ddl(`${verb} INDEX`, isPrimary ? [table] : [], [
    { type: "INDEX", schema: table.schema, name },
  ]);
}

function skipExistence(cursor: TokenCursor): void {
  if (!cursor.accept("IF", "NOT", "EXISTS")) cursor.accept("IF", "EXISTS");
}

/** Whether IGNORE is one of them. */
function skipModifiers(cursor: TokenCursor): boolean {
  let ignores = false;
  for (;;) {
    if (cursor.accept("OR", "REPLACE")) continue;
    if (cursor.accept("SQL", "SECURITY")) cursor.skip();
    else if (cursor.accept("ALGORITHM", "=")) cursor.skip();
    else if (cursor.accept("DEFINER", "=")) skipAccount(cursor);
    else if (cursor.accept("IGNORE")) ignores = true;
    else if (!cursor.acceptAny(...MODIFIERS)) return ignores;
  }
}

/** `user@host` in each kind of quotes, or CURRENT_USER. An @ belongs to the word that it begins. */
function skipAccount(cursor: TokenCursor): void {
  cursor.skip();
  if (cursor.accept("(", ")")) return;
  if (cursor.accept("@")) cursor.skip();
  else if (cursor.word.startsWith("@")) cursor.skip();
}
