import { createHash, timingSafeEqual } from "node:crypto";

/** Who asks, as far as the connection and the request tell. */
export interface Caller {
  readonly remoteAddress: string | undefined;
  /** Of the request's Host header. */
  readonly host: string | undefined;
  /** A proxy says that it asks for somebody else. */
  readonly isForwarded: boolean;
  /** Of the Authorization header. */
  readonly authorization: string | undefined;
}

/**
 * Loopback needs no token; everybody else needs the right one, and without one configured nobody else is let in. A request
 * that a proxy passes on is not loopback's, and neither is one that names another host: a web page may make a browser send such.
 */
export function isAllowed(caller: Caller, token: string | undefined): boolean {
  if (isLocal(caller)) return true;
  const given = /^Bearer +(.+)$/i.exec(caller.authorization ?? "")?.[1];
  if (token === undefined || token === "" || given === undefined) return false;
  return timingSafeEqual(digest(given), digest(token));
}

function isLocal({ remoteAddress, host, isForwarded }: Caller): boolean {
  return (
    !isForwarded &&
    /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/.test(
      remoteAddress ?? "",
    ) &&
    /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(host ?? "")
  );
}

/** Equal lengths, whatever was given: the comparison tells nothing of the token. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
