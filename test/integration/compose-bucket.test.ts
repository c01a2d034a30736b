import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { ListBucketsCommand } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { missingService } from "../support/missing-service.ts";
import { hasS3Server, startS3Server } from "../support/s3-server.ts";

test("docker-compose.yml makes its bucket once, and again is as good", async ({
  skip,
}) => {
  if (!hasS3Server())
    missingService("versitygw", "run scripts/test-services.sh", skip);
  await using server = await startS3Server();
  const file = new URL("../../docker-compose.yml", import.meta.url);
  const { services } = parse(await readFile(file, "utf8"), {
    merge: true,
  }) as { services: { bucket: { command: string[] } } };
  const { accessKeyId, secretAccessKey } = server.root;
  const command = services.bucket.command.map((word) =>
    word
      .replace("http://s3:7070", server.endpoint)
      .replace("tidemark:not-a-secret", `${accessKeyId}:${secretAccessKey}`),
  );
  for (const _ of [1, 2]) await promisify(execFile)("curl", command);
  const client = server.client();
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  client.destroy();
  expect(Buckets.map(({ Name }) => Name)).toEqual(["tidemark"]);
});
