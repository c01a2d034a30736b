import { parseInstant, type Micros } from "../core/instant.ts";
import {
  logBytesBetween,
  parsePosition,
  type Position,
} from "../core/position.ts";
import type { SourceName } from "../core/source-name.ts";
import type { ArchiveFacts, SourceObservation } from "./observe-source.ts";
import type { SourceState } from "./source-state.ts";

/** An idle source writes progress once a minute, and a segment may be on its way. */
const LAG_SLACK_MS = 120_000;
/** Of what the server lets the slot hold back. */
const WAL_SHARE = 0.8;

/** Why a source is not as it should be. */
export interface Reason {
  readonly code:
    | "stopped"
    | "waiting"
    | "starting"
    | "server-unreachable"
    | "slot-inactive"
    | "no-archive"
    | "archive-unreadable"
    | "needs-base"
    | "lag"
    | "wal-limit"
    | "verify-failed";
  readonly message: string;
}

/** One source for `status`, `/status` and the metrics. Times are RFC 3339; what is not known is absent. */
export interface SourceStatus {
  readonly source: SourceName;
  /** `running`, `behind`, `needs base`, `starting`, `not running`, `unreachable`, `archive unreadable`, `waiting: CODE`, `stopped: CODE`. */
  readonly state: string;
  readonly degraded: readonly Reason[];
  readonly seq?: number;
  /** How far the source has been seen, by its own clock. */
  readonly archivedAt?: string;
  readonly archivedPosition?: string;
  readonly lagMs?: number;
  readonly lagBytes?: number;
  readonly walBytes?: number;
  /** Until the server drops log that is needed. */
  readonly walLeftBytes?: number;
  readonly slotActive?: boolean;
  readonly latestRestorable?: { readonly seq: number; readonly at?: string };
  readonly lastBase?: {
    readonly base: string;
    readonly finishedAt: string;
    readonly ageMs: number;
  };
  readonly lastVerify?: {
    readonly kind: string;
    readonly ok: boolean;
    readonly at: string;
  };
  readonly segments?: number;
  readonly archiveBytes?: number;
}

export interface StatusInput {
  readonly source: SourceName;
  readonly observation: SourceObservation;
  /** undefined: no service was asked, or none answered. */
  readonly service: SourceState | undefined;
  readonly rpoMs: number;
  /** The host's clock, for ages of what hosts wrote. */
  readonly now: Micros;
}

/** Pure: the same judgement wherever it is asked for. */
export function describeSource(input: StatusInput): SourceStatus {
  const { source, observation, now } = input;
  const archive = readable(observation.archive);
  const known = "error" in observation.server ? undefined : observation.server;
  // An archive that has just begun has seen nothing: the beginning of all time is no time that anybody asked for.
  const seen =
    archive !== undefined && parseInstant(archive.progress.at) > 0n
      ? archive
      : undefined;
  const facts = {
    ...(archive && {
      seq: archive.seq,
      segments: archive.segments,
      archiveBytes: archive.bytes,
    }),
    ...(seen && {
      archivedAt: seen.progress.at,
      archivedPosition: seen.progress.position,
    }),
    ...(seen &&
      known && {
        lagMs: Math.max(
          0,
          milliseconds(known.now - parseInstant(seen.progress.at)),
        ),
        ...lagBytes(seen.progress.position, known.position),
      }),
    ...(known && {
      walBytes: known.retained.walBytes,
      slotActive: known.retained.slotActive,
      ...(known.retained.limitBytes === undefined
        ? {}
        : { walLeftBytes: known.retained.limitBytes }),
    }),
    ...(archive?.latestSeq !== undefined && {
      latestRestorable: {
        seq: archive.latestSeq,
        // Everything seen since the head is the head's state; of an earlier seq only the log tells.
        ...(archive.latestSeq === archive.seq && { at: archive.progress.at }),
      },
    }),
    ...(archive?.lastBase && {
      lastBase: {
        base: archive.lastBase.base,
        finishedAt: archive.lastBase.finishedAt,
        ageMs: milliseconds(now - parseInstant(archive.lastBase.finishedAt)),
      },
    }),
    ...(archive?.lastVerify && { lastVerify: archive.lastVerify }),
  };
  const degraded = findReasons(input, facts);
  return { source, state: nameState(input, degraded), degraded, ...facts };
}

function readable(
  archive: SourceObservation["archive"],
): ArchiveFacts | undefined {
  return archive === undefined || "error" in archive ? undefined : archive;
}

function findReasons(
  { observation, service, rpoMs }: StatusInput,
  facts: Partial<SourceStatus>,
): Reason[] {
  const { server } = observation;
  const reasons: Reason[] = [];
  const add = (code: Reason["code"], message: string) =>
    void reasons.push({ code, message });
  switch (service?.kind) {
    case "stopped":
    case "waiting":
      add(
        service.kind,
        [service.message, service.hint].filter(Boolean).join(" · "),
      );
      break;
    case "starting":
      add("starting", "continuity is not proved yet");
      break;
    case "running":
    case undefined:
      break;
  }
  if ("error" in server) add("server-unreachable", server.error.message);
  if (facts.slotActive === false)
    add(
      "slot-inactive",
      "error" in server || server.retained.confirmed === undefined
        ? "the source is not prepared, or its log is not kept for us: `tidemark check` says what mends that"
        : "nobody reads the source's log: is `tidemark run` running?",
    );
  if (observation.archive !== undefined && "error" in observation.archive) {
    const { code, message } = observation.archive.error;
    add("archive-unreadable", `${code}: ${message}`);
    return reasons;
  }
  const { archive } = observation;
  if (archive === undefined) {
    add("no-archive", "nothing is archived yet");
    return reasons;
  }
  if (archive.needsBase !== undefined) add("needs-base", archive.needsBase);
  const boundMs = 3 * rpoMs + LAG_SLACK_MS;
  if ((facts.lagMs ?? 0) > boundMs)
    add(
      "lag",
      `the archive is more than ${Math.round(boundMs / 1000)} s behind`,
    );
  const { walBytes = 0, walLeftBytes } = facts;
  if (
    walLeftBytes !== undefined &&
    walBytes > WAL_SHARE * (walBytes + walLeftBytes)
  ) {
    add("wal-limit", "the server soon drops log that is not archived");
  }
  for (const kind of archive.failedVerifies)
    add("verify-failed", `the last verification failed (${kind})`);
  return reasons;
}

function nameState(
  { service }: StatusInput,
  degraded: readonly Reason[],
): string {
  if (service?.kind === "stopped" || service?.kind === "waiting")
    return `${service.kind}: ${service.code}`;
  const has = (code: Reason["code"]) =>
    degraded.some((reason) => reason.code === code);
  if (has("archive-unreadable")) return "archive unreadable";
  if (has("server-unreachable")) return "unreachable";
  if (has("starting")) return "starting";
  if (has("slot-inactive")) return "not running";
  if (has("needs-base") || has("no-archive")) return "needs base";
  return has("lag") ? "behind" : "running";
}

function milliseconds(micros: Micros): number {
  return Number(micros / 1000n);
}

function lagBytes(seen: string, end: Position): Pick<SourceStatus, "lagBytes"> {
  const bytes = logBytesBetween(parsePosition(seen), end);
  return bytes === undefined ? {} : { lagBytes: Math.max(0, bytes) };
}
