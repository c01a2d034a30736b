import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("V8 knows the option: of another it would tell everybody who starts the service", () => {
  const file = new URL("../../../src/platform/heap-growth.ts", import.meta.url);
  const script = `import { slowHeapGrowth } from ${JSON.stringify(file.href)}; slowHeapGrowth();`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", script],
    { encoding: "utf8" },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
