import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import type { S3Login, S3Server } from "./s3-server.ts";

interface Statement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: string;
}

export interface Grant {
  /** As docs/permissions.md names it: `run`, `restore` … */
  readonly policy: string;
  readonly user: S3Login;
  /** Not granted although the page says so. */
  readonly without?: string;
}

/** Lets users do in a bucket what docs/permissions.md says, and nothing else. */
export async function grantPolicy(
  server: S3Server,
  bucket: string,
  grants: readonly Grant[],
): Promise<void> {
  const statements = await Promise.all(
    grants.map(async ({ policy, user, without }) =>
      (await documentedPolicy(policy)).map((statement) => ({
        ...statement,
        Action: statement.Action.filter((action) => action !== without),
        Resource: statement.Resource.replace("backups", bucket),
        Principal: { AWS: [user.accessKeyId] },
      })),
    ),
  );
  const client = server.client();
  await client.send(
    new PutBucketPolicyCommand({
      Bucket: bucket,
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: statements.flat().filter(({ Action }) => Action.length > 0),
      }),
    }),
  );
  client.destroy();
}

/** The JSON below the page's heading `### NAME` about a bucket. */
export async function documentedPolicy(
  name: string,
): Promise<readonly Statement[]> {
  const path = new URL("../../docs/permissions.md", import.meta.url);
  const page = await readFile(fileURLToPath(path), "utf8");
  const section = page.split(`\n### \`${name}\``)[1];
  const json = /```json\n([^]*?)```/.exec(section ?? "")?.[1];
  if (json === undefined) throw new Error(`no policy ${name} is documented`);
  const { Statement } = JSON.parse(json) as {
    readonly Statement: readonly Statement[];
  };
  return Statement;
}
