/** `` `name` ``: always quoted, so that no list of key words is needed and every server version reads it alike. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/** `` `schema`.`name` ``, or more parts. */
export function quoteQualified(...parts: readonly string[]): string {
  return parts.map(quoteIdentifier).join(".");
}

/** For connections of ours, whose sql_mode has no NO_BACKSLASH_ESCAPES; so reads every server that was not told otherwise. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
