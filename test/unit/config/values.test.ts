import { describe, expect, test } from "vitest";
import { parseDuration } from "../../../src/config/duration.ts";
import { parseListen } from "../../../src/config/listen.ts";
import { editDistance, nearest } from "../../../src/config/nearest.ts";
import { parseSize } from "../../../src/config/size.ts";
import { codeOf } from "../../support/caught.ts";

test.each([
  ["10s", 10_000],
  ["5m", 300_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
  ["0s", 0],
])("%s is a duration", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "10", "10 s", "1.5h", "-1s", "1h30m", "10S", "10ms", "1w", "s"])(
  "%j is no duration",
  async (text) => {
    expect(await codeOf(() => parseDuration(text))).toBe("USAGE");
  },
);

test.each([
  ["0B", 0],
  ["512MiB", 536_870_912],
  ["1KiB", 1024],
  ["2GiB", 2_147_483_648],
  ["1TiB", 1_099_511_627_776],
])("%s is a size", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(["", "512", "512MB", "512mib", "1.5GiB", "-1B", "9999999TiB", "MiB"])(
  "%j is no size",
  async (text) => {
    expect(await codeOf(() => parseSize(text))).toBe("USAGE");
  },
);

test.each([
  ["127.0.0.1:7070", { host: "127.0.0.1", port: 7070 }],
  ["[::1]:80", { host: "::1", port: 80 }],
  ["localhost:0", { host: "localhost", port: 0 }],
  ["0.0.0.0:65535", { host: "0.0.0.0", port: 65_535 }],
])("%s is an address and a port", (text, listen) => {
  expect(parseListen(text)).toEqual(listen);
});

test.each([
  "",
  "7070",
  ":7070",
  "::1:7070",
  "[::g]:1",
  "localhost:65536",
  "localhost:",
  "[127.0.0.1]:1",
])("%j is no address and port", async (text) => {
  expect(await codeOf(() => parseListen(text))).toBe("USAGE");
});

describe("the nearest key", () => {
  test.each([
    ["", "", 0],
    ["abc", "abc", 0],
    ["abc", "", 3],
    ["abc", "acb", 1],
    ["kitten", "sitting", 3],
    ["postgress", "postgres", 1],
    ["ca", "abc", 3],
  ])("%j and %j are %i apart", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  test("is the closest, whatever its case", () => {
    const known = ["postgres", "passwordFile", "passwordCommand", "tls"];
    expect(nearest("postgress", known)).toBe("postgres");
    expect(nearest("passwordfile", known)).toBe("passwordFile");
    expect(nearest("tsl", known)).toBe("tls");
  });

  test("is none when nothing is close", () => {
    expect(nearest("colour", ["listen", "tokenFile"])).toBe(undefined);
    expect(nearest("x", [])).toBe(undefined);
  });
});
