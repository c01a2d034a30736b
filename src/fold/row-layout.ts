import type { Shape } from "../core/shape.ts";

/** What a scan needs of a shape, flat. */
export interface RowLayout {
  readonly columns: number;
  /** 1 where the column identifies. */
  readonly identifies: Uint8Array;
  /** The identifying columns lie in firstKey … lastKey; -1 when there are none. */
  readonly firstKey: number;
  readonly lastKey: number;
  /** No other column lies between them: the key is a slice of the row. */
  readonly contiguous: boolean;
}

export function rowLayout(shape: Shape): RowLayout {
  const flags = shape.columns.map((column) => column.identifies);
  const firstKey = flags.indexOf(true);
  const lastKey = flags.lastIndexOf(true);
  return {
    columns: flags.length,
    identifies: Uint8Array.from(flags, Number),
    firstKey,
    lastKey,
    contiguous: flags.slice(firstKey, lastKey + 1).every(Boolean),
  };
}
