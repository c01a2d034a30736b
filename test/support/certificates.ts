import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Files of one authority, made in a folder that goes with its test. */
export interface Authority {
  readonly caFile: string;
  /** A certificate for a server; `names` as a subjectAltName has them: `DNS:localhost`, `IP:127.0.0.1`. */
  issue(names: string): Promise<Issued>;
}

export interface Issued {
  readonly certFile: string;
  readonly keyFile: string;
}

export async function hasOpenssl(): Promise<boolean> {
  try {
    await run("openssl", ["version"]);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

export async function makeAuthority(
  folder: string,
  name: string,
): Promise<Authority> {
  const path = (file: string) => join(folder, `${name}-${file}`);
  const openssl = (...argv: string[]) => run("openssl", argv);
  const ca = { key: path("ca.key"), cert: path("ca.pem") };
  await openssl(
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
    ...["-subj", `/CN=${name}`, "-keyout", ca.key, "-out", ca.cert],
  );
  let issued = 0;
  return {
    caFile: ca.cert,
    issue: async (names) => {
      const number = ++issued;
      const of = (file: string) => path(`${number}.${file}`);
      const made = { certFile: of("crt"), keyFile: of("key") };
      await writeFile(of("ext"), `subjectAltName=${names}\n`);
      await openssl(
        ...["req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=server"],
        ...["-keyout", made.keyFile, "-out", of("csr")],
      );
      await openssl(
        ...["x509", "-req", "-days", "2", "-in", of("csr"), "-out"],
        ...[made.certFile, "-CA", ca.cert, "-CAkey", ca.key, "-CAcreateserial"],
        ...["-extfile", of("ext")],
      );
      return made;
    },
  };
}
