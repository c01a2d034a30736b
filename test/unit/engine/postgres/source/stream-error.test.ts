import { expect, test } from "vitest";
import { translateStreamError } from "../../../../../src/engine/postgres/source/stream-error.ts";
import { passes } from "../../../../../src/services/source-state.ts";

function serverError(code: string): Error {
  return Object.assign(new Error("said by the server"), { code });
}

test.each([
  ["XX000", "SERVER_FAILED", true],
  ["XX001", "SERVER_FAILED", true],
  ["58030", "SERVER_FAILED", true],
  ["53200", "SERVER_FAILED", true],
  // Known by themselves, before.
  ["53100", "DISK_FULL", true],
  ["57P02", "SERVER_UNREACHABLE", true],
  ["55006", "SLOT_BUSY", true],
  // What we sent was wrong.
  ["42601", "STATEMENT_FAILED", false],
  ["0A000", "STATEMENT_FAILED", false],
])("%s ends a stream as %s; passes by itself: %s", (state, code, passing) => {
  const error = translateStreamError(serverError(state), "db:5432/orders");
  expect(error).toMatchObject({
    code,
    message: "db:5432/orders: said by the server",
  });
  expect(passes((error as { code: Parameters<typeof passes>[0] }).code)).toBe(
    passing,
  );
});
