import { expect, test } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPairs,
  formatTable,
} from "../../../src/cli/terminal.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 KiB"],
  [1024, "1.0 KiB"],
  [10_190, "10 KiB"],
  [1_048_576, "1.0 MiB"],
  [1_503_238_553, "1.4 GiB"],
  [Number.MAX_SAFE_INTEGER, "8.0 PiB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, "0ms"],
  [12, "12ms"],
  [999.7, "1.0s"],
  [4_200, "4.2s"],
  [59_400, "59s"],
  [59_900, "1m"],
  [200_000, "3m 20s"],
  [7_500_000, "2h 5m"],
  [356_400_000, "4d 3h"],
  [-4_200, "-4.2s"],
])("%d ms are %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [0, "0"],
  [999, "999"],
  [1000, "1,000"],
  [1_234_567n, "1,234,567"],
  [-1234, "-1,234"],
])("%s is written %s", (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test("columns are as wide as their widest cell, colours not counted", () => {
  const red = "\u001b[31mlong\u001b[39m";
  expect(
    formatTable(
      [{ title: "NAME" }, { title: "ROWS", align: "right" }, { title: "AT" }],
      [
        ["orders", "1,234", "x"],
        [red, "5", ""],
      ],
    ),
  ).toBe(`NAME     ROWS  AT\norders  1,234  x\n${red}        5`);
});

test("values stand under each other", () => {
  expect(
    formatPairs([
      ["a", "1"],
      ["long", "2"],
    ]),
  ).toBe("a     1\nlong  2");
  expect(formatPairs([])).toBe("");
});
