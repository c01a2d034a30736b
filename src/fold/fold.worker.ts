import { parentPort, workerData } from "node:worker_threads";
import { packError } from "../platform/packed-error.ts";
import type { FoldOptions } from "./fold.ts";
import type { FoldAnswer, FoldCall } from "./fold-call.ts";
import { FoldCalls } from "./fold-calls.ts";

/*
 * A fold in a thread of its own. It is sent bytes and gives bytes: it opens nothing but its spill file, and knows neither store nor
 * target.
 */
const port = parentPort;
if (port === null) throw new Error("this file is a worker's");
const calls = new FoldCalls(workerData as FoldOptions);

async function answer(id: number, call: FoldCall): Promise<FoldAnswer> {
  try {
    return { id, value: await calls.answer(call) };
  } catch (error) {
    return { id, error: packError(error) };
  }
}

port.on("message", ({ id, call }: { id: number; call: FoldCall }) => {
  void answer(id, call).then((answered) => {
    const value = "value" in answered ? answered.value : undefined;
    const chunk = (value as { chunk?: Uint8Array } | undefined)?.chunk;
    port.postMessage(
      answered,
      chunk === undefined ? [] : [chunk.buffer as ArrayBuffer],
    );
  });
});
