import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { ServiceState } from "../services/service-state.ts";
import type { SourceStatus } from "../services/source-status.ts";

const STATES = ["starting", "running", "waiting", "stopped"] as const;

/** What each figure of a source is called, and where it comes from; undefined: not known now, and left out. */
const FIGURES: readonly {
  readonly name: string;
  readonly help: string;
  readonly of: (status: SourceStatus) => number | undefined;
}[] = [
  {
    name: "tidemark_source_degraded",
    help: "1 when something is not as it should be; /status says what",
    of: ({ degraded }) => Number(degraded.length > 0),
  },
  {
    name: "tidemark_source_needs_base",
    help: "1 when a base is due",
    of: ({ degraded }) =>
      Number(degraded.some(({ code }) => code === "needs-base")),
  },
  {
    name: "tidemark_source_reachable",
    help: "1 when the source's server answers",
    of: ({ degraded }) =>
      Number(!degraded.some(({ code }) => code === "server-unreachable")),
  },
  {
    name: "tidemark_archive_seq",
    help: "the last archived transaction",
    of: ({ seq }) => seq,
  },
  {
    name: "tidemark_archive_progress_timestamp_seconds",
    help: "how far the source has been seen, by its own clock",
    of: ({ archivedAt }) =>
      archivedAt === undefined ? undefined : Date.parse(archivedAt) / 1000,
  },
  {
    name: "tidemark_archive_lag_seconds",
    help: "how long ago that was, by the source's clock",
    of: ({ lagMs }) => seconds(lagMs),
  },
  {
    name: "tidemark_archive_lag_bytes",
    help: "log between the archive's progress and the source's end",
    of: ({ lagBytes }) => lagBytes,
  },
  {
    name: "tidemark_archive_segments",
    help: "segments in the archive",
    of: ({ segments }) => segments,
  },
  {
    name: "tidemark_archive_bytes",
    help: "bytes of segments and bases in the archive",
    of: ({ archiveBytes }) => archiveBytes,
  },
  {
    name: "tidemark_source_wal_retained_bytes",
    help: "log that the source holds back for Tidemark",
    of: ({ walBytes }) => walBytes,
  },
  {
    name: "tidemark_source_wal_left_bytes",
    help: "log until the source drops what is needed",
    of: ({ walLeftBytes }) => walLeftBytes,
  },
  {
    name: "tidemark_last_base_age_seconds",
    help: "since the last base was finished",
    of: ({ lastBase }) => seconds(lastBase?.ageMs),
  },
  {
    name: "tidemark_last_verify_ok",
    help: "1 when the last verification found nothing",
    of: ({ lastVerify }) => lastVerify && Number(lastVerify.ok),
  },
];

/** In the text format of Prometheus: the process's own figures, the sources' states, and all that `statuses` has of them. */
export async function renderMetrics(of: {
  readonly version: string;
  readonly state: ServiceState;
  /** undefined: an archive could not be read. */
  readonly statuses: readonly SourceStatus[] | undefined;
}): Promise<{ readonly contentType: string; readonly text: string }> {
  const registry = new Registry();
  new Gauge({
    name: "tidemark_build_info",
    help: "the running version",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version: of.version }, 1);
  new Gauge({
    name: "tidemark_status_up",
    help: "1 when every archive could be read for this answer",
    registers: [registry],
  }).set(
    Number(
      of.statuses?.every(({ degraded }) =>
        degraded.every(({ code }) => code !== "archive-unreadable"),
      ) === true,
    ),
  );
  const states = new Gauge({
    name: "tidemark_source_state",
    help: "1 for the state that the source is in",
    labelNames: ["source", "state"],
    registers: [registry],
  });
  for (const source of of.state.sources) {
    const { kind } = of.state.of(source);
    for (const state of STATES)
      states.set({ source, state }, Number(kind === state));
  }
  for (const { name, help, of: read } of FIGURES) {
    const registers = [registry];
    const gauge = new Gauge({ name, help, labelNames: ["source"], registers });
    for (const status of of.statuses ?? []) {
      const value = read(status);
      if (value !== undefined) gauge.set({ source: status.source }, value);
    }
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** Of the process, measured all the time and not per answer. */
export function processMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
