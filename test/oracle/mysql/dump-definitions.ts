import type { MysqlSession } from "./session.ts";
import { OTHER_SCHEMAS, identifier, quote } from "./dump-catalog.ts";

type Row = Readonly<Record<string, string | null>>;

/** How many objects of each kind there are; and, for `SHOW CREATE`, which of its columns say what the object is. */
const KINDS = [
  {
    kind: "DATABASE",
    list: `SELECT schema_name AS s, NULL AS n FROM information_schema.schemata WHERE schema_name NOT IN (${OTHER_SCHEMAS})`,
    says: ["Create Database"],
  },
  {
    kind: "TABLE",
    list: tables("BASE TABLE"),
    says: ["Create Table"],
  },
  {
    kind: "VIEW",
    list: tables("VIEW"),
    says: ["Create View", "character_set_client", "collation_connection"],
  },
  {
    kind: "TRIGGER",
    list: `SELECT trigger_schema AS s, trigger_name AS n FROM information_schema.triggers WHERE trigger_schema NOT IN (${OTHER_SCHEMAS})`,
    says: ["SQL Original Statement", ...session()],
  },
  {
    kind: "PROCEDURE",
    list: routines("PROCEDURE"),
    says: ["Create Procedure", ...session()],
  },
  {
    kind: "FUNCTION",
    list: routines("FUNCTION"),
    says: ["Create Function", ...session()],
  },
  {
    kind: "EVENT",
    list: `SELECT event_schema AS s, event_name AS n FROM information_schema.events WHERE event_schema NOT IN (${OTHER_SCHEMAS})`,
    says: ["Create Event", "time_zone", ...session()],
  },
] as const;

function tables(type: string): string {
  return `SELECT table_schema AS s, table_name AS n FROM information_schema.tables
    WHERE table_type = '${type}' AND table_schema NOT IN (${OTHER_SCHEMAS})`;
}

function routines(type: string): string {
  return `SELECT routine_schema AS s, routine_name AS n FROM information_schema.routines
    WHERE routine_type = '${type}' AND routine_schema NOT IN (${OTHER_SCHEMAS})`;
}

function session(): readonly string[] {
  return [
    ...["sql_mode", "character_set_client", "collation_connection"],
    "Database Collation",
  ];
}

/** Every object as the server describes it; a table's keys in the order of their names, and without the counter. */
export async function listDefinitions(
  reader: MysqlSession,
): Promise<ReadonlyMap<string, string>> {
  const described = new Map<string, string>();
  for (const { kind, list, says } of KINDS) {
    for (const { s, n } of await reader.query<{ s: string; n: string | null }>(
      list,
    )) {
      const quoted = n === null ? quote(s) : `${quote(s)}.${quote(n)}`;
      const name =
        n === null ? identifier(s) : `${identifier(s)}.${identifier(n)}`;
      const [row] = await reader.query<Row>(`SHOW CREATE ${kind} ${quoted}`);
      const lines = says.map((column) => {
        const said = row?.[column];
        if (typeof said !== "string")
          throw new Error(`SHOW CREATE ${kind} ${name} says no ${column}`);
        return column === "Create Table" ? sortKeys(said) : said;
      });
      described.set(`${kind.toLowerCase()} ${name}`, lines.join("\n"));
    }
  }
  return described;
}

const KEY =
  /^ {2}(?:(?:PRIMARY|UNIQUE|FULLTEXT|SPATIAL|VECTOR) KEY|KEY|CONSTRAINT) /;

/** MySQL says it where somebody else had said it: what it is stands among the facts of the column. */
function leaveOutCharset(column: string): string {
  return column.replace(/ CHARACTER SET \w+/, "").replace(/ COLLATE \w+/, "");
}

function sortKeys(create: string): string {
  const lines = create
    .replace(/^(\).*?) AUTO_INCREMENT=[0-9]+/m, "$1")
    .split("\n")
    .map((line) => (line.startsWith("  `") ? leaveOutCharset(line) : line));
  const isKey = (line: string) => KEY.test(line);
  const first = lines.findIndex(isKey);
  if (first === -1) return lines.join("\n");
  const keys = lines
    .filter(isKey)
    .map((line) => line.replace(/,$/, ""))
    .sort();
  const last = lines.findLastIndex(isKey);
  return [...lines.slice(0, first), ...keys, ...lines.slice(last + 1)].join(
    "\n",
  );
}
