import { relative } from "node:path";
import type { Reporter, TestModule } from "vitest/node";
import { MISSING } from "./missing-service.ts";

/**
 * Ends a run with what ran, what was skipped and how to get it, and as its very last line `N passed, N failed`.
 */
export class ServicesReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
  ): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    let ran = 0;
    const skipped = new Map<string, Set<string>>();
    for (const module of modules) {
      // A file that cannot be loaded has no tests that could fail.
      failed += module.errors().length;
      const before = passed + failed;
      for (const each of module.children.allTests()) {
        const result = each.result();
        if (result.state === "passed") passed++;
        if (result.state === "failed") failed++;
        if (result.state === "skipped") {
          const why = result.note ?? "skipped in the source";
          const file = relative(process.cwd(), module.moduleId);
          skipped.set(why, (skipped.get(why) ?? new Set()).add(file));
        }
      }
      for (const suite of module.children.allSuites()) {
        failed += suite.errors().length;
      }
      if (passed + failed > before) ran++;
    }
    const lines = [`suites: ${ran} of ${modules.length} ran`];
    for (const [why, files] of skipped) {
      lines.push(`skipped, ${why.replace(MISSING, "needs ")}:`);
      for (const file of files) lines.push(`  ${file}`);
    }
    lines.push(`${passed} passed, ${failed} failed`);
    process.stdout.write(`${lines.join("\n")}\n`);
  }
}
