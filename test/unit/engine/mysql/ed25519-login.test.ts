import { createPublicKey, randomBytes, verify } from "node:crypto";
import { expect, test } from "vitest";
import { signWithPassword } from "../../../../src/engine/mysql/ed25519-login.ts";

/** RFC 8032, 7.1, TEST 2: its secret key as the password is none that a user could type, but a secret all the same. */
const SECRET =
  "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
const PUBLIC =
  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const SIGNATURE =
  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

test("signs as RFC 8032 says", () => {
  const signature = signWithPassword(
    Buffer.from(SECRET, "hex"),
    Buffer.of(0x72),
  );
  expect(signature.toString("hex")).toBe(SIGNATURE);
});

test("what it signs another implementation verifies", () => {
  const seed = Buffer.from(SECRET, "hex");

  const key = createPublicKey({
    key: Buffer.concat([
      Buffer.from("302a300506032b6570032100", "hex"),
      Buffer.from(PUBLIC, "hex"),
    ]),
    format: "der",
    type: "spki",
  });
  for (let round = 0; round < 5; round++) {
    const challenge = randomBytes(32);
    const signature = signWithPassword(seed, challenge);
    expect(
      verify(null, challenge, key, signature),
      challenge.toString("hex"),
    ).toBe(true);
  }
});
