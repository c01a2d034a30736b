import { createHash } from "node:crypto";

/**
 * MariaDB's `client_ed25519`: a signature of the server's challenge as in RFC 8032, only that the secret is the password itself and not
 * 32 bytes; so no library's key takes it.
 */
export function signWithPassword(
  password: string | Uint8Array,
  challenge: Uint8Array,
): Buffer {
  const hash = sha512(
    typeof password === "string" ? Buffer.from(password, "utf8") : password,
  );
  const secret = clamp(hash.subarray(0, 32));
  const publicKey = encode(multiply(BASE, secret));
  const nonce = toScalar(sha512(hash.subarray(32), challenge));
  const commitment = encode(multiply(BASE, nonce));
  const hashed = toScalar(sha512(commitment, publicKey, challenge));
  const answer = (nonce + hashed * secret) % ORDER;
  return Buffer.concat([commitment, littleEndian(answer)]);
}

/** Extended coordinates: x = X/Z, y = Y/Z, x·y = T/Z. */
interface Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
  readonly t: bigint;
}

const PRIME = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const D =
  37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const BASE_X =
  15112221349535400772501151409588531511454012693041857206046113283949847762202n;
const BASE_Y =
  46316835694926478169428394003475163141307993866256225615783033603165251855960n;
const BASE: Point = { x: BASE_X, y: BASE_Y, z: 1n, t: mod(BASE_X * BASE_Y) };
const ZERO: Point = { x: 0n, y: 1n, z: 1n, t: 0n };

function mod(value: bigint): bigint {
  const rest = value % PRIME;
  return rest < 0n ? rest + PRIME : rest;
}

/** RFC 8032, section 5.1.4. */
function add(p: Point, q: Point): Point {
  const a = mod((p.y - p.x) * (q.y - q.x));
  const b = mod((p.y + p.x) * (q.y + q.x));
  const c = mod(p.t * 2n * D * q.t);
  const d = mod(p.z * 2n * q.z);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return { x: mod(e * f), y: mod(g * h), t: mod(e * h), z: mod(f * g) };
}

function multiply(point: Point, scalar: bigint): Point {
  let sum = ZERO;
  let power = point;
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) sum = add(sum, power);
    power = add(power, power);
  }
  return sum;
}

function encode(point: Point): Buffer {
  const inverse = raise(point.z, PRIME - 2n);
  const sign = mod(point.x * inverse) & 1n;
  return littleEndian(mod(point.y * inverse) | (sign << 255n));
}

function raise(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let power = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = mod(result * power);
    power = mod(power * power);
  }
  return result;
}

function clamp(bytes: Uint8Array): bigint {
  const low = fromLittleEndian(bytes) & ((1n << 254n) - 8n);
  return low | (1n << 254n);
}

function toScalar(bytes: Uint8Array): bigint {
  return fromLittleEndian(bytes) % ORDER;
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
}

function littleEndian(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse();
}

function sha512(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha512");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
