import kafkajs from "kafkajs";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import { lz4Codec } from "./lz4-codec.ts";

const SCHEDULE = "scheduleCheckPendingRequests";

let repaired = false;

/** Once per process, before the first connection. */
export function repairKafkajs(): void {
  if (repaired) return;
  repaired = true;
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4Codec;
  stopIdleTimers();
}

/**
 * kafkajs looks for requests that wait for the end of a throttling even when none wait, with a timer in the past that sets
 * itself again: an idle connection wakes the process a thousand times a second, and Node warns of it on stderr. Whoever puts
 * a request there calls this itself, so a queue without any needs no timer.
 */
function stopIdleTimers(): void {
  const queue = RequestQueue.prototype;
  const schedule = Reflect.get(queue, SCHEDULE);
  Reflect.set(queue, SCHEDULE, function (this: RequestQueue) {
    if (this.pending.length > 0) Reflect.apply(schedule, this, []);
  });
}
