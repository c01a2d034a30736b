import { findSource } from "../../config/select-sources.ts";
import { TidemarkError } from "../../core/errors.ts";
import type { Finding } from "../../restore/finding.ts";
import { verifyArchive } from "../../restore/verify-archive.ts";
import { openWorkFolder } from "../../platform/work-folder.ts";
import type { CommandContext } from "../context.ts";
import { recordVerify } from "../record-verify.ts";
import { formatBytes, formatCount, formatDuration } from "../terminal.ts";
import type { VerifyRequest } from "../verify-options.ts";
import { openStore } from "../wiring.ts";
import { compareWithDatabase } from "./compare-with-database.ts";

export async function runVerify(
  options: VerifyRequest,
  context: CommandContext,
): Promise<void> {
  const { against, at } = options;
  if (against !== undefined) {
    await compareWithDatabase({ ...options, against }, context);
    return;
  }
  const idle =
    at !== undefined
      ? "--at"
      : options.againstPasswordFile !== undefined
        ? "--against-password-file"
        : undefined;
  if (idle !== undefined) {
    throw new TidemarkError(
      "USAGE",
      `${idle} has no effect without --against`,
      {
        hint: "the archive is verified as a whole",
      },
    );
  }
  await verifyWhole(options, context);
}

async function verifyWhole(
  options: VerifyRequest,
  context: CommandContext,
): Promise<void> {
  const { output, signal } = context;
  const { source } = options;
  const config =
    options.archive === undefined ? await context.config() : undefined;
  if (config !== undefined) findSource(config, source);
  const location = options.archive ?? config?.archive;
  if (location === undefined) throw new Error("no archive is configured");
  await using store = await openStore(location);
  await using work = await openWorkFolder();
  const startedMs = performance.now();
  using progress = output.progress({
    label: `verify ${source}`,
    unit: "bytes",
  });
  const report = await verifyArchive(
    {
      ...{ store, source, workFolder: work.path },
      onProgress: (bytes, ofBytes) => progress.update(bytes, ofBytes),
    },
    signal,
  );
  const tookMs = Math.round(performance.now() - startedMs);
  const ok = report.findings.length === 0;
  const { throughEntry, seq } = report;
  const recorded =
    options.record &&
    (await recordVerify(
      { store, source, act: { kind: "archive", throughEntry, seq, ok } },
      context,
    ));
  if (!ok) context.exitWith(9);
  output.result(
    { source, archive: store.url, ok, ...report, tookMs, recorded },
    () => {
      const read = `seq ${seq}, ${formatCount(throughEntry)} entries, ${formatCount(report.segments)} segments, ${formatCount(report.bases)} bases, ${formatBytes(report.bytes)} in ${formatDuration(tookMs)}`;
      return ok
        ? output.colors.green(`the archive of ${source} is whole: ${read}`)
        : [
            ...report.findings.map((finding) => printFinding(finding, context)),
            output.colors.red(
              `${formatCount(report.findings.length)} findings in the archive of ${source}: ${read}`,
            ),
            "put back good copies of these objects from another copy of the archive, and verify again",
          ].join("\n");
    },
  );
}

function printFinding(
  { code, message, affects: { restores, tables } }: Finding,
  { output: { colors } }: CommandContext,
): string {
  const where =
    restores === undefined
      ? "no restore needs it"
      : `restores to seq ${restores.fromSeq}…${restores.throughSeq ?? ""}${tables === undefined ? "" : ` of ${tables.join(", ")}`} need it`;
  return `${colors.red(code)} ${message}\n  ${where}`;
}
