import kafkajs from "kafkajs";
import Broker from "kafkajs/src/broker/index.js";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import { lz4Codec } from "./lz4-codec.ts";

const SCHEDULE = "scheduleCheckPendingRequests";
const IS_CONNECTED = "isConnected";

let repaired = false;

/** Once per process, before the first connection. */
export function repairKafkajs(): void {
  if (repaired) return;
  repaired = true;
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4Codec;
  stopIdleTimers();
  waitForVersions();
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

/**
 * kafkajs takes a broker for connected as soon as the connection stands, also when the broker's first answer, which requests it
 * understands, never came. What is asked of it next fails with an error that is none of kafkajs' and is not tried again.
 */
function waitForVersions(): void {
  const broker = Broker.prototype;
  const isConnected = Reflect.get(broker, IS_CONNECTED);
  Reflect.set(broker, IS_CONNECTED, function (this: Broker): boolean {
    return this.versions !== null && Reflect.apply(isConnected, this, []);
  });
}
