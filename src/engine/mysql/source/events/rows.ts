import type { EventReader } from "./event-reader.ts";

/** What stands before the rows. */
export interface RowsHeader {
  tableId: number;
  flags: number;
  columns: number;
  /** No column is left out of any image. */
  complete: boolean;
  /** Where the bits say which columns are there: in the event's buffer, a run for each image of a row. */
  bitsAt: number;
}

/** No table map holds for events after this one. */
export const END_OF_STATEMENT = 1;
/** Such an event has no rows: it only ends a statement. */
export const NO_TABLE = 0xff_ffff;

/**
 * Int48 table · Int16 flags · version 2: Int16 size of further data, itself included, and those · packed number of columns · one bit
 * per column, whether it is there; of an update twice: old row, new row · rows. Fills `header`, so that an event costs no object.
 */
export function readRowsHeader(
  reader: EventReader,
  { isVersion2, isUpdate }: { isVersion2: boolean; isUpdate: boolean },
  header: RowsHeader,
): void {
  header.tableId = reader.uint48();
  header.flags = reader.uint16();
  if (isVersion2) reader.skip(reader.uint16() - 2);
  header.columns = reader.packed();
  header.bitsAt = reader.offset;
  const isFirst = areAllSet(reader, header.columns);
  header.complete = (!isUpdate || areAllSet(reader, header.columns)) && isFirst;
}

/** The bits behind the last column may be anything. */
function areAllSet(reader: EventReader, columns: number): boolean {
  let complete = true;
  for (let left = columns; left > 0; left -= 8) {
    const mask = left >= 8 ? 0xff : (1 << left) - 1;
    if ((reader.uint8() & mask) !== mask) complete = false;
  }
  return complete;
}
