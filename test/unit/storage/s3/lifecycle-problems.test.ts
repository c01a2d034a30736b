import type { LifecycleRule } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { lifecycleProblems } from "../../../../src/storage/s3/lifecycle-problems.ts";

const UPLOADS: LifecycleRule = {
  Status: "Enabled",
  Filter: { Prefix: "" },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
};

function problems(rules: readonly LifecycleRule[], versioned?: boolean) {
  const place = { bucket: "backups", prefix: "tidemark/" };
  return lifecycleProblems({ ...place, rules, versioned });
}

function codes(...rules: readonly LifecycleRule[]): readonly string[] {
  return problems([UPLOADS, ...rules]).map(({ code }) => code);
}

test("a bucket whose rules take away only unfinished uploads is as it should be", () => {
  expect(problems([UPLOADS])).toEqual([]);
});

test.each([
  ["without a rule", []],
  ["with a rule for another folder", [{ ...UPLOADS, Filter: { Prefix: "a" } }]],
  ["with a rule that is off", [{ ...UPLOADS, Status: "Disabled" }]],
] as const)(
  "a bucket %s keeps unfinished uploads for ever, and the command for it is printed",
  (_name, rules) => {
    const [found, ...more] = problems([...rules] as LifecycleRule[]);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ code: "lifecycle-uploads" });
    expect(found?.mend).toContain("--bucket backups");
    expect(found?.mend).toContain('"Prefix":"tidemark/"');
  },
);

test.each<readonly [string, LifecycleRule]>([
  ["for everything", { Status: "Enabled", Expiration: { Days: 30 } }],
  [
    "for the archive",
    {
      ...{ Status: "Enabled", Expiration: { Days: 30 } },
      Filter: { Prefix: "tidemark/" },
    },
  ],
  [
    "for a part of the archive, in the old form",
    {
      ...{ Status: "Enabled", Expiration: { Days: 30 } },
      Prefix: "tidemark/orders/",
    },
  ],
  [
    "for what is large",
    {
      ...{ Status: "Enabled", Expiration: { Days: 30 } },
      Filter: { And: { Prefix: "tide", ObjectSizeGreaterThan: 1000 } },
    },
  ],
  [
    "on a day",
    { Status: "Enabled", Expiration: { Date: new Date("2027-01-01") } },
  ],
])("a rule that deletes, %s, is told", (_name, rule) => {
  expect(codes({ ...rule, ID: "old" })).toEqual(["lifecycle-expires"]);
});

test.each<readonly [string, LifecycleRule]>([
  ["that is off", { Status: "Disabled", Expiration: { Days: 30 } }],
  [
    "of another folder",
    {
      ...{ Status: "Enabled", Expiration: { Days: 30 } },
      Filter: { Prefix: "logs/" },
    },
  ],
  [
    "for what probes leave",
    {
      ...{ Status: "Enabled", Expiration: { Days: 1 } },
      Filter: { Prefix: "tidemark/probe/" },
    },
  ],
  [
    "for objects with a tag",
    {
      ...{ Status: "Enabled", Expiration: { Days: 30 } },
      Filter: { Tag: { Key: "a", Value: "b" } },
    },
  ],
  [
    "for what was deleted already",
    {
      Status: "Enabled",
      Expiration: { ExpiredObjectDeleteMarker: true },
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
    },
  ],
  [
    "that moves to a class that is read at once",
    {
      Status: "Enabled",
      Transitions: [{ Days: 30, StorageClass: "GLACIER_IR" }],
    },
  ],
])("a rule %s is none of the archive's business", (_name, rule) => {
  expect(codes(rule)).toEqual([]);
});

test("a rule that moves objects out of reach is told", () => {
  expect(
    codes({
      Status: "Enabled",
      Transitions: [
        { Days: 30, StorageClass: "STANDARD_IA" },
        { Days: 90, StorageClass: "DEEP_ARCHIVE" },
      ],
    }),
  ).toEqual(["lifecycle-archives"]);
});

test("whether what a rule deletes can be brought back is said", () => {
  const rules = [UPLOADS, { Status: "Enabled", Expiration: { Days: 9 } }];
  const [kept] = problems(rules as LifecycleRule[], true);
  expect(kept?.message).toContain("older versions stay");
  const [lost] = problems(rules as LifecycleRule[], false);
  expect(lost?.message).toContain("gone for good");
});
