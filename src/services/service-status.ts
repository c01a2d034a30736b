import type { SourceName } from "../core/source-name.ts";
import type { Clock } from "../platform/clock.ts";
import type { SourceObserver } from "./observe-source.ts";
import type { ServiceState } from "./service-state.ts";
import { describeSource, type SourceStatus } from "./source-status.ts";

/** Whoever asks more often gets the last answer: each costs the sources connections. */
const FRESH_MICROS = 2_000_000n;

export interface ObservedSource {
  readonly source: SourceName;
  readonly rpoMs: number;
  readonly observer: SourceObserver;
}

/** How all sources of a service stand, looked up when asked. */
export class ServiceStatus {
  readonly state: ServiceState;
  private readonly observed: readonly ObservedSource[];
  private readonly clock: Clock;
  private last:
    | { readonly at: bigint; readonly answer: Promise<readonly SourceStatus[]> }
    | undefined;

  constructor(of: {
    readonly state: ServiceState;
    readonly observed: readonly ObservedSource[];
    readonly clock: Clock;
  }) {
    this.state = of.state;
    this.observed = of.observed;
    this.clock = of.clock;
  }

  /** Rejects when an archive cannot be read; `signal` is the service's own, because callers share an answer. */
  read(signal: AbortSignal): Promise<readonly SourceStatus[]> {
    const now = this.clock.now();
    const { last } = this;
    if (last !== undefined && now - last.at < FRESH_MICROS) return last.answer;
    const answer = Promise.all(
      this.observed.map(async ({ source, rpoMs, observer }) => {
        const observation = await observer.look(signal);
        const service = this.state.of(source);
        return describeSource({ source, observation, service, rpoMs, now });
      }),
    );
    this.last = { at: now, answer };
    answer.catch(() => {
      // Asked again, it may work.
      this.last = undefined;
    });
    return answer;
  }
}
