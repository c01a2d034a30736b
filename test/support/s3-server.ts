import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { killChild } from "./child-process.ts";
import { tempDirectory } from "./temp-directory.ts";
import { waitUntil } from "./wait-until.ts";

/** Where scripts/test-services.sh puts it. */
const VERSITYGW = join(
  process.env["TIDEMARK_TEST_CACHE"] ??
    join(homedir(), ".cache", "tidemark-test"),
  "versitygw-1.8.0",
  "versitygw",
);

export interface S3Login {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A server of this test file on loopback, with a folder of its own. */
export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  /** Whose right everything is. */
  readonly root: S3Login;
  /** Of whoever logs in with it; root without one. */
  client(login?: S3Login): S3Client;
  /** A new, empty bucket. */
  makeBucket(): Promise<string>;
  /** Somebody who may do what bucket policies say, and nothing else. */
  makeUser(): Promise<S3Login>;
  /** SIGKILL; `start` brings it back on the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

export function hasS3Server(): boolean {
  return existsSync(VERSITYGW);
}

export async function startS3Server(): Promise<S3Server> {
  await using stack = new AsyncDisposableStack();
  const temp = stack.use(await tempDirectory());
  for (const name of ["data", "versions", "users"])
    await mkdir(join(temp.path, name));
  const root = { accessKeyId: "root", secretAccessKey: "not-a-secret" };
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = new LocalServer({ endpoint, root, folder: temp.path });
  stack.defer(() => server.kill());
  const client = (login: S3Login = root) =>
    new S3Client({
      region: "us-east-1",
      endpoint,
      forcePathStyle: true,
      credentials: login,
    });
  const admin = client();
  stack.defer(() => admin.destroy());
  await server.start();
  let made = 0;
  const kept = stack.move();
  return {
    endpoint,
    root,
    client,
    makeBucket: async () => {
      const bucket = `bucket-${++made}`;
      await admin.send(new CreateBucketCommand({ Bucket: bucket }));
      return bucket;
    },
    makeUser: async () => {
      const login = {
        accessKeyId: `user${++made}`,
        secretAccessKey: `secret-of-${made}`,
      };
      await addUser(endpoint, root, login);
      return login;
    },
    kill: () => server.kill(),
    start: () => server.start(),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

class LocalServer {
  private readonly endpoint: string;
  private readonly root: S3Login;
  private readonly folder: string;
  private running: ChildProcess | undefined;

  constructor(of: {
    readonly endpoint: string;
    readonly root: S3Login;
    readonly folder: string;
  }) {
    this.endpoint = of.endpoint;
    this.root = of.root;
    this.folder = of.folder;
  }

  async start(): Promise<void> {
    const { endpoint, root } = this;
    const folder = (name: string) => join(this.folder, name);
    const child = spawn(
      VERSITYGW,
      [
        ...["--port", new URL(endpoint).host, "--keep-alive", "--quiet"],
        ...["--iam-dir", folder("users")],
        ...["posix", "--versioning-dir", folder("versions"), folder("data")],
      ],
      { env: environmentOf(root), stdio: ["ignore", "pipe", "pipe"] },
    );
    this.running = child;
    const said = collectOutput(child);
    await waitUntil("the S3 server answers", async () => {
      if (child.exitCode !== null) throw new Error(said());
      return fetch(endpoint).then(
        () => true,
        () => false,
      );
    });
  }

  async kill(): Promise<void> {
    if (this.running !== undefined) await killChild(this.running);
  }
}

/** For every client that this process makes from now on. */
export function useLogin(login: S3Login): void {
  process.env["AWS_ACCESS_KEY_ID"] = login.accessKeyId;
  process.env["AWS_SECRET_ACCESS_KEY"] = login.secretAccessKey;
}

async function addUser(
  endpoint: string,
  root: S3Login,
  login: S3Login,
): Promise<void> {
  const child = spawn(
    VERSITYGW,
    [
      ...["admin", "--endpoint-url", endpoint],
      ...["--access", root.accessKeyId, "--secret", root.secretAccessKey],
      ...["create-user", "--role", "user"],
      ...["--access", login.accessKeyId, "--secret", login.secretAccessKey],
    ],
    { env: environmentOf(root), stdio: ["ignore", "pipe", "pipe"] },
  );
  const said = collectOutput(child);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`no user was made: ${said()}`);
}

function environmentOf(root: S3Login): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    ROOT_ACCESS_KEY: root.accessKeyId,
    ROOT_SECRET_KEY: root.secretAccessKey,
  };
}

function collectOutput(child: ChildProcess): () => string {
  let said = "";
  const add = (text: Buffer) => void (said += text.toString());
  child.stdout?.on("data", add);
  child.stderr?.on("data", add);
  return () => said;
}

/** Free when asked; another process may be faster, and then the server says so. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") {
    throw new Error("no port");
  }
  return address.port;
}
