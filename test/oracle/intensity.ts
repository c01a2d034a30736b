/** How wild a workload is; chances are per transaction. */
export interface Intensity {
  /** Rows in a table that statements choose from. */
  readonly keys: number;
  readonly steps: number;
  readonly big: number;
  readonly bigRows: number;
  readonly truncate: number;
  readonly rollback: number;
  readonly savepoint: number;
  /**
   * Nothing that a replica of MySQL's family stumbles over: no REPLACE of parents, which is a DELETE and an INSERT to it, and nothing between an XA
   * PREPARE and its end, because it takes more locks than its source.
   */
  readonly replicable: boolean;
}

export const ORDINARY: Intensity = {
  keys: 300,
  steps: 6,
  big: 0.004,
  bigRows: 30_000,
  truncate: 0.01,
  rollback: 0.08,
  savepoint: 0.2,
  replicable: false,
};

export const INTENSITIES = {
  calm: { keys: 40, steps: 4, bigRows: 300 },
  ordinary: { keys: 120, bigRows: 3_000 },
  wild: { keys: 400, steps: 12, big: 0.02, bigRows: 30_000, truncate: 0.03 },
} as const satisfies Record<string, Partial<Intensity>>;

export type IntensityName = keyof typeof INTENSITIES;
