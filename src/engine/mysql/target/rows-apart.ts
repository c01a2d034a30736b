import { CopyLines } from "../../../format/copy-lines.ts";
import { TAB } from "../../../format/copy-text.ts";
import { COLUMN_TYPE, type DefinedColumn } from "../values/column.ts";
import { jsonWithDecimals } from "../values/json-decimals.ts";
import { unescapeField } from "./unescape-field.ts";

/** So many bytes of rows wait for an INSERT of their own. */
const APART_BYTES = 1024 * 1024;

/** Whether rows of such a table may hold what LOAD DATA makes something else of: numbers in JSON that are DECIMAL. */
export function mayHoldDecimals(columns: readonly DefinedColumn[]): boolean {
  return columns.some(isJson);
}

/**
 * Rows for LOAD DATA, and apart from them those that only an INSERT puts back exactly. `plain` ends when enough of these wait, and is asked again for
 * the rest, until `isOver`.
 */
export class RowsApart {
  isOver = false;
  private readonly columns: readonly DefinedColumn[];
  private readonly lines: AsyncIterator<readonly Buffer[]>;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;

  constructor(
    rows: AsyncIterable<Uint8Array>,
    columns: readonly DefinedColumn[],
  ) {
    this.columns = columns;
    this.lines = cutLines(rows);
  }

  async *plain(): AsyncGenerator<Uint8Array> {
    while (this.waitingBytes < APART_BYTES) {
      const next = await this.lines.next();
      if (next.done === true) {
        this.isOver = true;
        return;
      }
      const plain = next.value.filter((line) => !this.setApart(line));
      if (plain.length > 0) yield Buffer.concat(plain);
    }
  }

  /** Those that wait, with their newlines. */
  takeApart(): readonly Buffer[] {
    const { waiting } = this;
    this.waiting = [];
    this.waitingBytes = 0;
    return waiting;
  }

  private setApart(line: Buffer): boolean {
    if (!this.hasDecimals(line)) return false;
    this.waiting.push(line);
    this.waitingBytes += line.length;
    return true;
  }

  private hasDecimals(line: Buffer): boolean {
    let from = 0;
    for (const column of this.columns) {
      const tab = line.indexOf(TAB, from);
      const to = tab === -1 ? line.length - 1 : tab;
      if (isJson(column) && isDecimal(line.subarray(from, to))) return true;
      from = to + 1;
    }
    return false;
  }
}

function isJson({ type, generated }: DefinedColumn): boolean {
  return type === COLUMN_TYPE.json && !generated;
}

/** Of a field of COPY text. NULL, \N, is no number. */
function isDecimal(field: Buffer): boolean {
  if (field.length === 2 && field.toString("latin1") === "\\N") return false;
  const text = unescapeField(field).toString("utf8");
  return jsonWithDecimals(text, "") !== undefined;
}

async function* cutLines(
  rows: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly Buffer[], undefined> {
  let lines: Buffer[] = [];
  const cut = new CopyLines(({ bytes, from, to }) => {
    // The newline at `to` included.
    lines.push(Buffer.from(bytes.subarray(from, to + 1)));
  });
  for await (const chunk of rows) {
    cut.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (lines.length > 0) yield lines;
    lines = [];
  }
  cut.finish();
  return undefined;
}
