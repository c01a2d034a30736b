import { defineConfig } from "vitest/config";
import { ServicesReporter } from "./test/support/services-reporter.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    // Each suite may have a server at work beside it.
    maxWorkers: 2,
    globalSetup: ["test/support/run-directory.ts"],
    reporters: ["default", new ServicesReporter()],
  },
});
