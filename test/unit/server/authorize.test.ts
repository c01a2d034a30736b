import { expect, test } from "vitest";
import { isAllowed, type Caller } from "../../../src/server/authorize.ts";

const LOCAL: Caller = {
  remoteAddress: "127.0.0.1",
  host: "localhost:7070",
  isForwarded: false,
  authorization: undefined,
};
const REMOTE: Caller = {
  ...LOCAL,
  remoteAddress: "10.0.0.7",
  host: "tidemark.example:7070",
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test.each<[string, Caller, string | undefined, boolean]>([
  ["loopback", LOCAL, "t", true],
  ["loopback without any token", LOCAL, undefined, true],
  [
    "loopback of IPv6",
    { ...LOCAL, remoteAddress: "::1", host: "[::1]:7070" },
    "t",
    true,
  ],
  [
    "loopback mapped",
    { ...LOCAL, remoteAddress: "::ffff:127.0.0.1" },
    "t",
    true,
  ],
  ["a proxy on this machine", { ...LOCAL, isForwarded: true }, "t", false],
  [
    "a web page's name for this machine",
    { ...LOCAL, host: "evil.example" },
    "t",
    false,
  ],
  ["no Host at all", { ...LOCAL, host: undefined }, "t", false],
  [
    "an address that only begins so",
    { ...LOCAL, remoteAddress: "127.0.0.1.evil" },
    "t",
    false,
  ],
  ["another machine", REMOTE, "t", false],
  [
    "another machine that says localhost",
    { ...REMOTE, host: "localhost" },
    "t",
    false,
  ],
  ["the token", { ...REMOTE, ...bearer("t") }, "t", true],
  [
    "the token through a proxy",
    { ...REMOTE, isForwarded: true, ...bearer("t") },
    "t",
    true,
  ],
  ["another token", { ...REMOTE, ...bearer("u") }, "t", false],
  ["a longer token", { ...REMOTE, ...bearer("tt") }, "t", false],
  [
    "a token where there is none",
    { ...REMOTE, ...bearer("t") },
    undefined,
    false,
  ],
  ["an empty token", { ...REMOTE, ...bearer("") }, "", false],
  [
    "the token in another scheme",
    { ...REMOTE, authorization: "Basic t" },
    "t",
    false,
  ],
])("%s", (...[, caller, token, allowed]) => {
  expect(isAllowed(caller, token)).toBe(allowed);
});
