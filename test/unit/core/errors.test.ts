import { expect, test } from "vitest";
import {
  ERROR_CODES,
  hasCode,
  TidemarkError,
} from "../../../src/core/errors.ts";

test("every code has one of the documented exit codes", () => {
  const documented = [1, 2, 4, 6, 7, 8, 9, 130];
  for (const [code, exitCode] of Object.entries(ERROR_CODES)) {
    expect(documented, code).toContain(exitCode);
  }
});

test("an error carries code, hint, details and cause", () => {
  const cause = new Error("below");
  const error = new TidemarkError("ARCHIVE_GAP", "nothing covers 812…840", {
    hint: "take a base",
    details: { from: 812 },
    cause,
  });
  expect(error).toMatchObject({
    code: "ARCHIVE_GAP",
    exitCode: 7,
    hint: "take a base",
    details: { from: 812 },
    cause,
  });
});

test("hasCode tells our codes from anybody else's", () => {
  const error = new TidemarkError("FENCED", "a newer writer exists");
  expect(hasCode(error, "NOT_FOUND", "FENCED")).toBe(true);
  expect(hasCode(error, "NOT_FOUND")).toBe(false);
  expect(
    hasCode(Object.assign(new Error(), { code: "FENCED" }), "FENCED"),
  ).toBe(false);
  expect(hasCode(undefined, "FENCED")).toBe(false);
});
