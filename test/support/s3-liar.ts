import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { kindOf, problem, reply, send } from "./s3-proxy.ts";
import type { S3Server } from "./s3-server.ts";

export interface S3Liar extends AsyncDisposable {
  readonly endpoint: string;
}

/**
 * A front of a real server that takes If-None-Match as several services do: it looks whether there is an object, and then writes. One
 * after another its answers are right; of several at once, all that looked before the first wrote have won.
 */
export async function startS3Liar(honest: S3Server): Promise<S3Liar> {
  const client = honest.client();
  const exists = (key: { readonly Bucket: string; readonly Key: string }) =>
    client.send(new HeadObjectCommand(key)).then(
      () => true,
      () => false,
    );
  const server = createServer((incoming, outgoing) => {
    const work = async () => {
      const body = await buffer(incoming);
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
    };
    work().catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      client.destroy();
    },
  };
}
