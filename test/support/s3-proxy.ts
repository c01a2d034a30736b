import { once } from "node:events";
import {
  createServer,
  request,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** What the client asks of the service, as far as a fault distinguishes it. */
export type S3Request =
  | "put"
  | "begin"
  | "part"
  | "complete"
  | "abort"
  | "get"
  | "head"
  | "list"
  | "delete";

/**
 * What happens to a request:
 * - `cut`: the connection breaks before it reaches the service;
 * - `lost`: the service does it, and the connection breaks instead of the answer;
 * - `silent`: it never reaches the service, and nobody says so;
 * - `late`: no answer; it reaches the service only when `release` is called, or the proxy closes;
 * - `refused`: the service does not hear of it, `status` and `code` are the answer;
 * - `mistold`: the service does it, `status` and `code` are the answer;
 * - `twice`: the service gets it twice, and its second answer is the answer;
 * - `torn`: half of the answer's body, and the connection breaks;
 * - `short`: half of the answer's body, and an orderly end;
 * - `stalled`: half of the answer's body, and nothing more.
 */
export type Fault =
  | {
      readonly kind:
        | "cut"
        | "lost"
        | "silent"
        | "late"
        | "twice"
        | "torn"
        | "short"
        | "stalled";
    }
  | {
      readonly kind: "refused" | "mistold";
      readonly status: number;
      readonly code: string;
    };

export interface PlannedFault {
  readonly of: S3Request;
  /** Counted from 1, from when it was planned. */
  readonly nth?: number;
  /** Whether all later ones of the kind meet it, too. */
  readonly forEver?: boolean;
  readonly fault: Fault;
}

export interface S3Proxy extends AsyncDisposable {
  readonly endpoint: string;
  /** What came, in order. */
  readonly seen: readonly S3Request[];
  plan(...faults: readonly PlannedFault[]): void;
  /** Sends on what was `late`, and resolves once the service has answered. */
  release(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** Between a client and a server on loopback; what it forwards keeps its signature. */
export async function startS3Proxy(target: string): Promise<S3Proxy> {
  const seen: S3Request[] = [];
  const planned: { readonly plan: PlannedFault; left: number }[] = [];
  const held: (() => Promise<unknown>)[] = [];
  const faultOf = (kind: S3Request): Fault | undefined => {
    let hit: Fault | undefined;
    for (const each of planned) {
      if (each.plan.of !== kind) continue;
      each.left -= 1;
      const now = each.left === 0 || (each.left < 0 && each.plan.forEver);
      if (now) hit ??= each.plan.fault;
    }
    return hit;
  };
  const server = createServer((incoming, outgoing) => {
    const kind = kindOf(incoming);
    seen.push(kind);
    const fault = faultOf(kind);
    const work = async () => {
      const body = await buffer(incoming);
      const forward = () => send(target, incoming, body);
      await meet(fault, { incoming, outgoing, forward, held });
    };
    // A client that went away is what many faults are about.
    work().catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const release = async () => {
    await Promise.all(held.splice(0).map((forward) => forward()));
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    plan: (...faults) => {
      for (const plan of faults) planned.push({ plan, left: plan.nth ?? 1 });
    },
    release,
    [Symbol.asyncDispose]: async () => {
      await release();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Met {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly forward: () => Promise<Answer>;
  readonly held: (() => Promise<unknown>)[];
}

async function meet(fault: Fault | undefined, met: Met): Promise<void> {
  const { incoming, outgoing, forward } = met;
  if (fault === undefined) return reply(outgoing, await forward());
  switch (fault.kind) {
    case "cut":
      return void incoming.socket.destroy();
    case "lost":
      await forward();
      return void incoming.socket.destroy();
    case "silent":
      return;
    case "late":
      return void met.held.push(forward);
    case "refused":
      return reply(outgoing, problem(fault));
    case "mistold":
      await forward();
      return reply(outgoing, problem(fault));
    case "twice":
      await forward();
      return reply(outgoing, await forward());
    case "torn":
    case "short":
    case "stalled": {
      const { status, headers, body } = await forward();
      const half = body.subarray(0, body.length >> 1);
      // With its length said, an orderly end is seen by the client's own HTTP.
      const { "content-length": length, ...rest } = headers;
      outgoing.writeHead(
        status,
        fault.kind === "short" ? rest : { ...rest, "content-length": length },
      );
      outgoing.write(half, () => {
        if (fault.kind === "torn") incoming.socket.destroy();
        if (fault.kind === "short") outgoing.end();
      });
      return;
    }
    default:
      fault satisfies never;
  }
}

/** What a service says, to the client. */
export function reply(outgoing: ServerResponse, answer: Answer): void {
  outgoing.writeHead(answer.status, answer.headers);
  outgoing.end(answer.body);
}

export function problem(what: {
  readonly status: number;
  readonly code: string;
}): Answer {
  const body = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${what.code}</Code><Message>planned</Message></Error>`,
  );
  const headers = {
    "content-type": "application/xml",
    "content-length": String(body.length),
  };
  return { status: what.status, headers, body };
}

export function kindOf({ method, url = "" }: IncomingMessage): S3Request {
  const { searchParams: query } = new URL(url, "http://any");
  if (query.has("list-type")) return "list";
  if (query.has("delete")) return "delete";
  if (query.has("uploads")) return "begin";
  if (query.has("uploadId")) {
    if (method === "PUT") return "part";
    return method === "POST" ? "complete" : "abort";
  }
  if (method === "PUT") return "put";
  return method === "HEAD" ? "head" : "get";
}

/** The request as it came, its signature included, and what the service answers. */
export async function send(
  target: string,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const out = request(target + (incoming.url ?? ""), {
    method: incoming.method ?? "GET",
    headers: incoming.headers,
    agent: false,
  });
  out.end(body);
  const [answer] = (await once(out, "response")) as [IncomingMessage];
  return {
    status: answer.statusCode ?? 500,
    headers: answer.headers,
    body: await buffer(answer),
  };
}
