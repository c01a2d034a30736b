import { expect, test } from "vitest";
import {
  compareFingerprints,
  type Fingerprint,
} from "../../../../src/cli/demo/fingerprint.ts";

const orders = { rows: 3, sha256: "aa" };
const fingerprint = (changed: Partial<Fingerprint> = {}): Fingerprint => ({
  tables: new Map([
    ["public.orders", orders],
    ["public.products", { rows: 1, sha256: "bb" }],
  ]),
  definitions: ["index a", "view b"],
  ...changed,
});

test("a database equals itself", () => {
  expect(compareFingerprints(fingerprint(), fingerprint())).toEqual([]);
});

test.each<[string, Partial<Fingerprint>, string[]]>([
  [
    "a changed row",
    {
      tables: new Map([
        ...fingerprint().tables,
        ["public.orders", { rows: 3, sha256: "ab" }],
      ]),
    },
    ["public.orders has other rows, though as many (3)"],
  ],
  [
    "a missing row",
    {
      tables: new Map([
        ...fingerprint().tables,
        ["public.orders", { rows: 2, sha256: "ac" }],
      ]),
    },
    ["public.orders has 2 rows and had 3"],
  ],
  [
    "a missing table and a new one",
    {
      tables: new Map([
        ["public.orders", orders],
        ["public.extra", orders],
      ]),
    },
    ["public.extra was not there", "public.products is missing"],
  ],
  [
    "another definition",
    { definitions: ["index a", "view c"] },
    ["missing: view b", "was not there: view c"],
  ],
])("names %s", (_what, changed, differences) => {
  expect(compareFingerprints(fingerprint(), fingerprint(changed))).toEqual(
    differences,
  );
});
