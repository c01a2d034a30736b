import { TidemarkError } from "../core/errors.ts";

/** Node's codes of what goes wrong below a server's own words → what to do. */
const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "is the server running, host and port right?",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name cannot be looked up now",
  ETIMEDOUT: "the server does not answer",
  EHOSTUNREACH: "there is no way to the host",
  ENETUNREACH: "there is no way to the host",
  ENOENT: "there is no socket at this path",
};

/** What OpenSSL says of a certificate that it does not accept (`man X509_STORE_CTX_get_error`), as Node's error codes. */
const UNTRUSTED =
  /^(CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_)/;

/** Errors of the connection to a database's server, TLS's included; undefined for every other one. */
export function translateNetworkError(
  error: Error & { readonly code?: string },
  message: string,
): TidemarkError | undefined {
  const { code = "" } = error;
  const unreachable = (hint: string, of = message) =>
    new TidemarkError("SERVER_UNREACHABLE", of, { hint, cause: error });
  const hint = HINTS[code];
  if (hint !== undefined) return unreachable(hint);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return unreachable(
      "write the host as the certificate names it; mode verify-ca does not ask for the name",
    );
  if (code === "CERT_HAS_EXPIRED")
    return unreachable("give the server a certificate that is valid");
  if (UNTRUSTED.test(code))
    return unreachable(
      "tls.ca has to be the certificate of the authority that signed it",
      `${message}: the server's certificate is not trusted`,
    );
  if (code.startsWith("ERR_OSSL_"))
    return new TidemarkError("CONFIG", message, {
      hint: "a file of tls: is not what it should be: ca, cert and key are PEM",
      cause: error,
    });
  return code.startsWith("ERR_SSL_")
    ? unreachable("server and client found no common way of TLS")
    : undefined;
}
