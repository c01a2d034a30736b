/** What SHOW GRANTS says of this session's user and its active roles. */
export class Grants {
  /** By what they are on: `*.*`, `` `a`.* ``, `` `a`.`t` ``. */
  readonly #on = new Map<string, Set<string>>();
  /** MySQL's partial revokes, likewise. */
  readonly #not = new Map<string, Set<string>>();

  constructor(lines: readonly string[]) {
    for (const line of lines) {
      const parsed =
        /^(GRANT|REVOKE) (.+?) ON (?:TABLE )?(\S.*?) (?:TO|FROM) /.exec(line);
      if (parsed === null) continue;
      const [, verb, list = "", object = ""] = parsed;
      const into = verb === "GRANT" ? this.#on : this.#not;
      const rights = into.get(object) ?? new Set();
      into.set(object, rights);
      for (const right of list.split(/, (?![^(]*\))/))
        rights.add(canonical(right));
    }
  }

  /** On everything. */
  hasGlobal(...alternatives: readonly string[]): boolean {
    return this.#holds(this.#on, "*.*", alternatives);
  }

  /** On all of a schema, by whichever grant. */
  hasOnSchema(schema: string, right: string): boolean {
    if (this.#holds(this.#not, `\`${schema}\`.*`, [right]))
      return this.#onSchema(schema, right);
    return this.hasGlobal(right) || this.#onSchema(schema, right);
  }

  hasOnTable(schema: string, table: string, right: string): boolean {
    return (
      this.hasOnSchema(schema, right) ||
      this.#holds(this.#on, `${quoted(schema)}.${quoted(table)}`, [right])
    );
  }

  #onSchema(schema: string, right: string): boolean {
    return [...this.#on.keys()].some(
      (object) =>
        isPatternOf(object, schema) && this.#holds(this.#on, object, [right]),
    );
  }

  #holds(
    of: ReadonlyMap<string, ReadonlySet<string>>,
    object: string,
    rights: readonly string[],
  ): boolean {
    const held = of.get(object);
    if (held === undefined) return false;
    return (
      held.has("ALL PRIVILEGES") || rights.some((right) => held.has(right))
    );
  }
}

/** MariaDB's older names of the same rights. */
function canonical(right: string): string {
  return right === "BINLOG MONITOR" ? "REPLICATION CLIENT" : right;
}

/** `` `app\_%`.* ``: with % and _ for any characters, and \ before one that is meant itself. */
function isPatternOf(object: string, schema: string): boolean {
  const name = /^`((?:[^`]|``)*)`\.\*$/.exec(object)?.[1];
  if (name === undefined) return false;
  const source = name
    .replaceAll("``", "`")
    .replace(
      /\\([%_])|%|_|[^%_\\]+|\\/g,
      (piece, meant: string | undefined) => {
        if (meant !== undefined) return RegExp.escape(meant);
        if (piece === "%") return ".*";
        return piece === "_" ? "." : RegExp.escape(piece);
      },
    );
  return new RegExp(`^${source}$`, "su").test(schema);
}

function quoted(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}
