import { PassThrough } from "node:stream";
import type { TableId } from "../core/shape.ts";
import { freeBytes } from "../format/free-bytes.ts";
import { unpackError } from "../platform/packed-error.ts";
import type { FoldOptions } from "./fold.ts";
import type { FoldCall, RowsOrEnd } from "./fold-call.ts";
import type { FoldedTable } from "./fold-table.ts";
import { LocalFold } from "./local-fold.ts";

interface Join {
  readonly base: PassThrough;
  readonly folded: FoldedTable;
  readonly rows: AsyncIterator<Buffer>;
}

/** Answers what a fold in its own thread is asked; the other end is FoldThread. */
export class FoldCalls {
  private readonly fold: LocalFold;
  private readonly joins = new Map<TableId, Join>();

  constructor(options: FoldOptions) {
    this.fold = new LocalFold(options);
  }

  async answer(call: FoldCall): Promise<unknown> {
    switch (call.call) {
      case "block":
        return this.fold.addBlock(call.block);
      case "summary":
        return this.fold.summary();
      case "join":
        return this.open(call.table);
      case "base":
        return this.giveBase(this.joinOf(call.table), call.chunk);
      case "baseFailed":
        this.joinOf(call.table).base.destroy(unpackError(call.error));
        return undefined;
      case "rows":
        return nextRows(this.joinOf(call.table));
    }
  }

  private open(table: TableId): FoldedTable["counts"]["base"] {
    // Holds two chunks: a write is answered when there is room for the next.
    const base = new PassThrough({ objectMode: true, highWaterMark: 2 });
    base.on("error", () => undefined); // thrown where it is read
    const folded = this.fold.join(table, freed(base));
    const rows = folded.rows[Symbol.asyncIterator]();
    this.joins.set(table, { base, folded, rows });
    return folded.counts.base;
  }

  private giveBase(
    { base }: Join,
    bytes: Uint8Array | undefined,
  ): boolean | Promise<boolean> {
    if (base.destroyed) return false;
    if (bytes === undefined) {
      base.end();
      return false;
    }
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return new Promise((resolve) => {
      base.write(chunk, (error) => {
        resolve(error === undefined || error === null);
      });
    });
  }

  private joinOf(table: TableId): Join {
    const join = this.joins.get(table);
    if (join === undefined) throw new Error(`table ${table} is not joined`);
    return join;
  }
}

/** Whoever asks for the next bytes has used these up. */
async function* freed(
  base: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of base) {
    yield chunk;
    freeBytes(chunk);
  }
}

async function nextRows({ rows, folded }: Join): Promise<RowsOrEnd> {
  const next = await rows.next();
  if (next.done !== true) return { chunk: next.value };
  return { counts: folded.counts, digest: folded.digest() };
}
