import { selectSources } from "../../config/select-sources.ts";
import { formatInstant } from "../../core/instant.ts";
import type { SourceName } from "../../core/source-name.ts";
import { SourceObserver } from "../../services/observe-source.ts";
import {
  describeSource,
  type SourceStatus,
} from "../../services/source-status.ts";
import { askService } from "../ask-service.ts";
import type { CommandContext } from "../context.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPairs,
} from "../terminal.ts";
import { openSourceAdmin, openSourceCatalog, openStore } from "../wiring.ts";

export async function runStatus(
  options: { readonly sources: readonly SourceName[] },
  context: CommandContext,
): Promise<void> {
  const { output, signal } = context;
  const config = await context.config();
  const chosen = selectSources(config, options.sources);
  await using store = await openStore(config.archive);
  const service = await askService(config, signal);
  const sources = await Promise.all(
    chosen.map(async (source) => {
      const observer = new SourceObserver({
        openCatalog: () => openSourceCatalog(store, source.name, context),
        admin: await openSourceAdmin(source),
      });
      return describeSource({
        source: source.name,
        observation: await observer.look(signal),
        service:
          "states" in service ? service.states.get(source.name) : undefined,
        rpoMs: source.rpoMs,
        now: context.clock.now(),
      });
    }),
  );
  const degraded = sources.some((source) => source.degraded.length > 0);
  if (degraded) context.exitWith(10);
  const reachable = "states" in service;
  output.result(
    {
      degraded,
      service: reachable
        ? { reachable }
        : { reachable, message: service.unreachable },
      at: formatInstant(context.clock.now()),
      sources,
    },
    () =>
      [
        ...sources.map((source) => printSource(source, context)),
        ...(reachable ? [] : [output.colors.dim(service.unreachable)]),
      ].join("\n\n"),
  );
}

function printSource(
  status: SourceStatus,
  { output: { colors } }: CommandContext,
): string {
  const { degraded, latestRestorable, lastBase, lastVerify } = status;
  const state =
    degraded.length === 0
      ? colors.green(status.state)
      : colors.red(status.state);
  const lines: (readonly [string, string] | undefined)[] = [
    [colors.bold(status.source), state],
    ...degraded.map(
      ({ code, message }) =>
        ["", colors.yellow(`${code}: ${message}`)] as const,
    ),
    status.archivedAt === undefined
      ? undefined
      : [
          "archived",
          `seq ${status.seq ?? 0}, up to ${status.archivedAt}${describeLag(status)}`,
        ],
    latestRestorable && [
      "restorable",
      `up to seq ${latestRestorable.seq}${latestRestorable.at === undefined ? "" : `, ${latestRestorable.at}`}`,
    ],
    status.walBytes === undefined
      ? undefined
      : [
          "log held back",
          `${formatBytes(status.walBytes)}${status.walLeftBytes === undefined ? "" : `, ${formatBytes(status.walLeftBytes)} until the server drops it`}`,
        ],
    lastBase && [
      "last base",
      `${lastBase.base}, ${formatDuration(lastBase.ageMs)} ago`,
    ],
    lastVerify && [
      "last verify",
      `${lastVerify.kind} at ${lastVerify.at}: ${lastVerify.ok ? "nothing wrong" : colors.red("FAILED")}`,
    ],
    status.segments === undefined
      ? undefined
      : [
          "archive",
          `${formatCount(status.segments)} segments, ${formatBytes(status.archiveBytes ?? 0)}`,
        ],
  ];
  return formatPairs(lines.filter((line) => line !== undefined));
}

function describeLag({ lagMs, lagBytes }: SourceStatus): string {
  if (lagMs === undefined || lagBytes === undefined) return "";
  return ` (${formatDuration(lagMs)} and ${formatBytes(lagBytes)} of log ago)`;
}
