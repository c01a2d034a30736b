import { isMarkedAsUntransferable, Worker } from "node:worker_threads";
import type { TableId } from "../core/shape.ts";
import { packError, unpackError } from "../platform/packed-error.ts";
import { workerUrl } from "../platform/worker-url.ts";
import type { Fold, FoldOptions, FoldSummary, SegmentBlock } from "./fold.ts";
import type {
  FoldAnswer,
  FoldCall,
  FoldResults,
  RowsEnd,
} from "./fold-call.ts";
import { beginCounts, type FoldedTable } from "./fold-table.ts";

type Pending = PromiseWithResolvers<unknown>;

/** A fold in a thread of its own, which is sent bytes and gives bytes. */
export class FoldThread implements Fold {
  readonly tables: ReadonlySet<TableId>;
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private calls = 0;
  private ended: Error | undefined;

  constructor(options: FoldOptions) {
    this.tables = new Set(options.tables.map(({ shape }) => shape.table));
    this.worker = new Worker(workerUrl(import.meta.url, "fold.worker"), {
      workerData: options,
    });
    this.worker.on("message", (answer: FoldAnswer) => this.settle(answer));
    this.worker.on("error", (error: Error) => this.end(error));
    this.worker.on("exit", () => this.end(new Error("the thread has ended")));
  }

  async addBlock({ block, sequences }: SegmentBlock): Promise<void> {
    const frame = toGive(block.frame);
    await this.call(
      { call: "block", block: { block: { ...block, frame }, sequences } },
      [frame.buffer],
    );
  }

  summary(): Promise<FoldSummary> {
    return this.call({ call: "summary" });
  }

  join(table: TableId, base: AsyncIterable<Buffer>): FoldedTable {
    const counts = beginCounts();
    let digest: ReturnType<FoldedTable["digest"]> | undefined;
    const rows = this.rows(table, base, (end) => {
      Object.assign(counts, end.counts);
      digest = end.digest;
    });
    return {
      rows,
      counts,
      digest: () => {
        if (digest === undefined) throw new Error("its rows were not all read");
        return digest;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.terminate();
  }

  /** The next rows are asked for before the last are given away: both threads work. */
  private async *rows(
    table: TableId,
    base: AsyncIterable<Buffer>,
    onEnd: (end: RowsEnd) => void,
  ): AsyncGenerator<Buffer, void, undefined> {
    const wanted = await this.call({ call: "join", table });
    const feeding = wanted === "none" ? undefined : this.feed(table, base);
    let next = this.ask(table);
    for (;;) {
      const got = await next;
      if (!("chunk" in got)) {
        onEnd(got);
        break;
      }
      next = this.ask(table);
      const { buffer, byteOffset, length } = got.chunk;
      yield Buffer.from(buffer, byteOffset, length);
    }
    await feeding;
  }

  private ask(table: TableId): Promise<FoldResults["rows"]> {
    const rows = this.call({ call: "rows", table });
    rows.catch(() => undefined); // seen at its turn, unless the reader has left
    return rows;
  }

  /** Never rejects: what goes wrong with the base is thrown to whoever reads the rows. */
  private async feed(
    table: TableId,
    base: AsyncIterable<Buffer>,
  ): Promise<void> {
    try {
      for await (const bytes of base) {
        const chunk = new Uint8Array(bytes); // a copy: zlib goes on writing into its own
        if (!(await this.call({ call: "base", table, chunk }, [chunk.buffer])))
          return;
      }
      await this.call({ call: "base", table, chunk: undefined });
    } catch (error) {
      const failed = { call: "baseFailed", table } as const;
      await this.call({ ...failed, error: packError(error) }).catch(
        () => undefined, // the thread is gone, and its readers know
      );
    }
  }

  private async call<C extends FoldCall>(
    call: C,
    given: ArrayBuffer[] = [],
  ): Promise<FoldResults[C["call"]]> {
    if (this.ended !== undefined) throw this.ended;
    const pending = Promise.withResolvers<unknown>();
    const id = this.calls++;
    this.worker.postMessage({ id, call }, given);
    this.pending.set(id, pending);
    return (await pending.promise) as FoldResults[C["call"]];
  }

  private settle(answer: FoldAnswer): void {
    const pending = this.pending.get(answer.id);
    this.pending.delete(answer.id);
    if ("error" in answer) pending?.reject(unpackError(answer.error));
    else pending?.resolve(answer.value);
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const pending of this.pending.values()) pending.reject(this.ended);
    this.pending.clear();
  }
}

/** Small buffers may lie in Node's pool, which is not ours to give. */
function toGive(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(buffer)
    ? new Uint8Array(buffer, bytes.byteOffset, bytes.length)
    : new Uint8Array(bytes);
}
