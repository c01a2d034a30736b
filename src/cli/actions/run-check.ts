import { findSource, selectSources } from "../../config/select-sources.ts";
import type { Config } from "../../config/config.ts";
import type { SourceName } from "../../core/source-name.ts";
import type { CommandContext } from "../context.ts";
import { examineJournal, openSourceAdmin } from "../wiring.ts";
import { checkArchive } from "./check-archive.ts";
import { checkPlace, type Finding } from "./check-place.ts";

export async function runCheck(
  options: { readonly sources: readonly SourceName[] },
  context: CommandContext,
): Promise<void> {
  const config = await context.config();
  const names = selectSources(config, options.sources).map(({ name }) => name);
  const findings = [
    ...(
      await Promise.all(names.map((name) => checkSource(config, name, context)))
    ).flat(),
    ...(await checkPlace("journal", async () =>
      (await examineJournal(config, context)).map((problem) => ({
        ...problem,
        needsRestart: false,
      })),
    )),
    ...(await checkArchive(config.archive, context)),
  ];
  const errors = findings.filter(
    (finding) => finding.severity === "error",
  ).length;
  const warnings = findings.length - errors;
  if (errors > 0) context.exitWith(4);
  else if (warnings > 0) context.exitWith(3);
  context.output.result({ sources: names, errors, warnings, findings }, () =>
    findings.length === 0
      ? `nothing is wrong with ${names.join(", ")}, journal and archive`
      : [
          ...findings.map((finding) => printFinding(finding, context)),
          `${errors} errors, ${warnings} warnings`,
        ].join("\n"),
  );
}

async function checkSource(
  config: Config,
  name: SourceName,
  context: CommandContext,
): Promise<Finding[]> {
  const source = findSource(config, name);
  return checkPlace(name, async () => {
    const admin = await openSourceAdmin(source);
    return admin.diagnose(context.signal);
  });
}

function printFinding(finding: Finding, { output }: CommandContext): string {
  const { colors } = output;
  const severity =
    finding.severity === "error"
      ? colors.red("error")
      : colors.yellow("warning");
  const restart = finding.needsRestart ? " (needs a restart)" : "";
  return `${severity} ${finding.where}: ${finding.message}${restart}\n  ${finding.mend}`;
}
