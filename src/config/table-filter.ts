import { TidemarkError } from "../core/errors.ts";

/** Which tables of a source are captured: `tables: ["app.*", "!app.tmp_*"]`. */
export interface TableFilter {
  /** As written; empty: every table of the user's schemas. */
  readonly patterns: readonly string[];
  selects(table: {
    readonly namespace: string;
    readonly name: string;
  }): boolean;
  /** Whether a table of this schema could be selected. */
  selectsIn(namespace: string): boolean;
}

const PATTERN = /^!?([^.!]+)\.([^.!]+)$/;

/** Throws USAGE when it is not `schema.table`, with `*` for any characters and `!` before it to exclude. */
export function checkTablePattern(pattern: string): string {
  if (!PATTERN.test(pattern)) {
    throw new TidemarkError(
      "USAGE",
      `"${pattern}" is not a pattern for tables`,
      {
        hint: "schema.table, * for any characters, ! before it to leave out: app.*, !app.tmp_*",
      },
    );
  }
  return pattern;
}

/**
 * A table is selected when a pattern includes it (or there is no including pattern) and none excludes it; the order of
 * the patterns does not matter. Names are compared as the server stores them, case included.
 */
export function tableFilter(patterns: readonly string[]): TableFilter {
  const including = matchers(patterns.filter((text) => !text.startsWith("!")));
  const excluding = matchers(
    patterns.filter((text) => text.startsWith("!")).map((t) => t.slice(1)),
  );
  return {
    patterns,
    selects: ({ namespace, name }) =>
      (including.length === 0 || including.some((m) => m(namespace, name))) &&
      !excluding.some((m) => m(namespace, name)),
    selectsIn: (namespace) =>
      (including.length === 0 ||
        including.some((m) => m(namespace, undefined))) &&
      !patterns.some(
        (text) =>
          text.startsWith("!") &&
          text.endsWith(".*") &&
          glob(text.slice(1, -2)).test(namespace),
      ),
  };
}

/** Without a name: whether any table of the schema can match. */
type Matcher = (namespace: string, name: string | undefined) => boolean;

function matchers(patterns: readonly string[]): readonly Matcher[] {
  return patterns.map((pattern) => {
    const [schema, table] = pattern.split(".").map(glob);
    return (namespace, name) =>
      schema?.test(namespace) === true &&
      (name === undefined || table?.test(name) === true);
  });
}

function glob(text: string): RegExp {
  const pieces = text.split("*").map((piece) => RegExp.escape(piece));
  return new RegExp(`^${pieces.join(".*")}$`, "su");
}
