import { HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { listenLocally, type LocalServer } from "./listen-locally.ts";
import { kindOf, problem, reply, send } from "./s3-proxy.ts";
import type { S3Server } from "./s3-server.ts";

/**
 * A front of a real server that takes If-None-Match as several services do: it looks whether there is an object, and then writes. One
 * after another its answers are right; of several at once, all that looked before the first wrote have won.
 */
export async function startS3Liar(honest: S3Server): Promise<LocalServer> {
  const client = honest.client();
  const exists = (key: { readonly Bucket: string; readonly Key: string }) =>
    client.send(new HeadObjectCommand(key)).then(
      () => true,
      () => false,
    );
  const server = await listenLocally(async ({ incoming, body, outgoing }) => {
    if (
      kindOf(incoming) !== "put" ||
      incoming.headers["if-none-match"] === undefined
    ) {
      return reply(outgoing, await send(honest.endpoint, incoming, body));
    }
    const [, Bucket = "", Key = ""] =
      /^\/([^/?]+)\/([^?]+)/.exec(incoming.url ?? "") ?? [];
    const object = { Bucket, Key: decodeURIComponent(Key) };
    if (await exists(object)) {
      return reply(
        outgoing,
        problem({ status: 412, code: "PreconditionFailed" }),
      );
    }
    const call = incoming.headers["x-amz-meta-tidemark-create"];
    const Metadata = { "tidemark-create": String(call) };
    await client.send(
      new PutObjectCommand({ ...object, Body: body, Metadata }),
    );
    reply(outgoing, { status: 200, headers: {}, body: Buffer.alloc(0) });
  });
  return {
    endpoint: server.endpoint,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      client.destroy();
    },
  };
}
