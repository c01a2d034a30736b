import { findSource } from "../../config/select-sources.ts";
import type { SourceName } from "../../core/source-name.ts";
import type { PreparePlan } from "../../engine/source-admin.ts";
import type { CommandContext } from "../context.ts";
import { openSourceAdmin } from "../wiring.ts";

export async function runPrepare(
  options: { readonly source: SourceName; readonly dryRun?: true },
  context: CommandContext,
): Promise<void> {
  const { output, signal } = context;
  const admin = await openSourceAdmin(
    findSource(await context.config(), options.source),
  );
  const plan = await admin.planPrepare(signal);
  if (!options.dryRun) await admin.prepare(plan, signal);
  const done = !options.dryRun;
  output.result(
    { source: options.source, dryRun: !done, steps: plan.steps },
    () =>
      plan.steps.length === 0
        ? `${options.source} is prepared already`
        : done
          ? `${options.source} is prepared: ${plan.steps.length} steps\nnext: tidemark run`
          : printPlan(plan),
  );
}

export async function runForget(
  options: {
    readonly source: SourceName;
    readonly dryRun?: true;
    readonly yes?: true;
  },
  context: CommandContext,
): Promise<void> {
  const { output, signal, prompt } = context;
  const admin = await openSourceAdmin(
    findSource(await context.config(), options.source),
  );
  const plan = await admin.planForget(signal);
  if (!options.dryRun && plan.steps.length > 0) {
    output.say(printPlan(plan));
    await prompt.confirm(
      {
        text: `the history of ${options.source} ends with this`,
        word: options.source,
        yes: options.yes === true,
      },
      signal,
    );
    await admin.forget(plan, signal);
  }
  output.result(
    {
      source: options.source,
      dryRun: options.dryRun === true,
      steps: plan.steps,
    },
    () => {
      if (plan.steps.length === 0)
        return `${options.source} holds nothing of Tidemark`;
      return options.dryRun
        ? printPlan(plan)
        : `${options.source} is forgotten; its archive stays as it is`;
    },
  );
}

function printPlan(plan: PreparePlan): string {
  return plan.steps
    .map(({ why, sql }) => `${why === "" ? "" : `-- ${why}\n`}${sql};`)
    .join("\n");
}
