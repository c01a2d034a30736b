import type { SourceName } from "../core/source-name.ts";
import type { SourceState } from "./source-state.ts";

const STARTING: SourceState = { kind: "starting" };

/** How the sources of one process stand, kept for whoever asks over HTTP. */
export class ServiceState {
  private readonly states: Map<SourceName, SourceState>;

  constructor(sources: Iterable<SourceName>) {
    this.states = new Map([...sources].map((source) => [source, STARTING]));
  }

  get sources(): readonly SourceName[] {
    return [...this.states.keys()];
  }

  /** Whether every source is captured. */
  get isReady(): boolean {
    return [...this.states.values()].every((state) => state.kind === "running");
  }

  of(source: SourceName): SourceState {
    return this.states.get(source) ?? STARTING;
  }

  set(source: SourceName, state: SourceState): void {
    this.states.set(source, state);
  }
}
