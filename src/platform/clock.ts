import type { Micros } from "../core/instant.ts";

/** The host's clock, passed in wherever a time is needed that is not the source's. */
export interface Clock {
  now(): Micros;
}

export const systemClock: Clock = {
  now: () => BigInt(Date.now()) * 1000n,
};
