import { expect, test } from "vitest";
import { examineBucket } from "../../src/storage/s3/examine-bucket.ts";
import { describeS3 } from "../support/describe-s3.ts";
import { listenLocally } from "../support/listen-locally.ts";
import { never } from "../support/never.ts";
import { problem, reply, send } from "../support/s3-proxy.ts";
import { useLogin } from "../support/s3-server.ts";

const RULES = `<?xml version="1.0" encoding="UTF-8"?>
<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Rule>
    <ID>old</ID><Filter><Prefix>tide</Prefix></Filter><Status>Enabled</Status>
    <Expiration><Days>30</Days></Expiration>
  </Rule>
</LifecycleConfiguration>`;

const VERSIONED = `<?xml version="1.0" encoding="UTF-8"?>
<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>`;

interface Said {
  readonly status: number;
  readonly xml: string;
}

/** A front of the real server that has lifecycle rules, which it lacks. */
function startFront(endpoint: string, lifecycle: Said) {
  return listenLocally(async ({ incoming, body, outgoing }) => {
    const url = new URL(incoming.url ?? "", "http://any");
    const said = url.searchParams.has("lifecycle")
      ? lifecycle
      : url.searchParams.has("versioning")
        ? { status: 200, xml: VERSIONED }
        : undefined;
    if (said === undefined) {
      return reply(outgoing, await send(endpoint, incoming, body));
    }
    const headers = { "content-type": "application/xml" };
    reply(outgoing, {
      ...{ status: said.status, headers, body: Buffer.from(said.xml) },
    });
  });
}

function refusal(status: number, code: string): Said {
  return { status, xml: problem({ status, code }).body.toString() };
}

describeS3("a bucket's settings", (s3) => {
  const examine = async (lifecycle: Said) => {
    useLogin(s3.server.root);
    const bucket = await s3.server.makeBucket();
    await using front = await startFront(s3.server.endpoint, lifecycle);
    const found = await examineBucket(
      { bucket, prefix: "tidemark", endpoint: front.endpoint },
      never,
    );
    return found;
  };

  test("rules that delete, and none for unfinished uploads, are told", async () => {
    const found = await examine({ status: 200, xml: RULES });
    expect(found).toMatchObject([
      {
        ...{ severity: "warning", code: "lifecycle-expires" },
        message: expect.stringContaining(
          '"old" deletes the archive\'s objects after 30 days; older versions stay',
        ) as string,
      },
      { severity: "warning", code: "lifecycle-uploads" },
    ]);
  });

  test("a bucket without rules lacks the one for unfinished uploads", async () => {
    const found = await examine(refusal(404, "NoSuchLifecycleConfiguration"));
    expect(found.map(({ code }) => code)).toEqual(["lifecycle-uploads"]);
  });

  test("rules that may not be seen are no rules that are right", async () => {
    const found = await examine(refusal(403, "AccessDenied"));
    expect(found.map(({ code }) => code)).toEqual(["lifecycle-unknown"]);
    expect(found[0]?.mend).toContain("s3:GetLifecycleConfiguration");
  });

  test("a service that has no rules deletes nothing by them", async () => {
    expect(await examine(refusal(501, "NotImplemented"))).toEqual([]);
  });

  test("an answer that says neither is no all-clear", async () => {
    await expect(examine(refusal(400, "MalformedXML"))).rejects.toMatchObject({
      code: "STORE_UNREACHABLE",
    });
  });
});
