interface Keyed<Column> {
  readonly columns: readonly Column[];
  /** Places in `columns`. */
  readonly primaryKey: readonly number[];
}

/** Columns and key of a table without some of its columns. */
export function withoutColumns<Column>(
  { columns, primaryKey }: Keyed<Column>,
  isLeftOut: (column: Column) => boolean,
): Keyed<Column> {
  const kept = columns.filter((column) => !isLeftOut(column));
  const key = primaryKey.map((place) => columns[place]);
  return {
    columns: kept,
    primaryKey: kept.flatMap((column, at) =>
      key.includes(column) ? [at] : [],
    ),
  };
}
