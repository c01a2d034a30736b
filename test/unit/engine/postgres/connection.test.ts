import { expect, test } from "vitest";
import { clientConfig } from "../../../../src/engine/postgres/connection.ts";

test("a password is there before the time to connect begins, and is asked for once", async () => {
  let asked = 0;
  const config = await clientConfig(
    {
      host: "db.invalid",
      port: 5432,
      database: "orders",
      user: "tidemark",
      tls: async () => undefined,
      password: async () => {
        asked += 1;
        return "token";
      },
    },
    { name: "test" },
  );
  expect(asked).toBe(1);
  const { password } = config;
  expect(typeof password === "function" && (await password())).toBe("token");
  expect(asked).toBe(1);
});
