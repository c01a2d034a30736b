/** A context is a note of an application's, untrusted: longer ones are none. */
const CONTEXT_BYTES = 64 * 1024;

const OPEN = Buffer.from("/*");
const CLOSE = Buffer.from("*/");
const BRACE = 0x7b;
const SPACES: readonly number[] = [0x20, 0x09, 0x0a, 0x0d];

/**
 * What an application says about a statement in a comment before it: `/* {"user":"alice"} *\/ UPDATE …`. Only an object in JSON is one;
 * undefined for anything else. A view.
 */
export function contextOf(statement: Buffer): Buffer | undefined {
  const from = skipSpaces(statement, 0);
  if (!statement.subarray(from, from + OPEN.length).equals(OPEN))
    return undefined;
  const first = skipSpaces(statement, from + OPEN.length);
  if (statement[first] !== BRACE) return undefined;
  const close = statement.indexOf(CLOSE, first);
  if (close === -1 || close - first > CONTEXT_BYTES) return undefined;
  let end = close;
  while (SPACES.includes(statement[end - 1] ?? 0)) end--;
  const body = statement.subarray(first, end);
  try {
    JSON.parse(body.toString("utf8"));
  } catch {
    // An ordinary comment.
    return undefined;
  }
  return body;
}

function skipSpaces(statement: Buffer, from: number): number {
  let at = from;
  while (SPACES.includes(statement[at] ?? 0)) at++;
  return at;
}
