/** Random numbers that a seed reproduces, on every machine. */
export interface Random {
  /** A fraction from 0 up to, not including, 1. */
  fraction(): number;
  /** A whole number of both ends and everything between. */
  integer(from: number, through: number): number;
  /** True in a fraction `p` of calls. */
  chance(p: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** A generator of its own for something with a name: what it draws moves nobody else's. */
  fork(name: string | number): Random;
}

/** sfc32 (Chris Doty-Humphrey's Small Fast Counter, 32 bits), its state filled from the seed by xmur3-like mixing. */
export function createRandom(seed: string): Random {
  const mix = createMixer(seed);
  const state: [number, number, number, number] = [mix(), mix(), mix(), 1];
  for (let warmUp = 0; warmUp < 12; warmUp++) next(state);
  const fraction = () => next(state) / 2 ** 32;
  const integer = (from: number, through: number) =>
    from + Math.floor(fraction() * (through - from + 1));
  return {
    fraction,
    integer,
    chance: (p) => fraction() < p,
    pick: <T>(from: readonly T[]): T => {
      if (from.length === 0) throw new RangeError("nothing to pick from");
      return from[integer(0, from.length - 1)] as T;
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}

function next(state: [number, number, number, number]): number {
  const [a, b, c, counter] = state;
  const result = (a + b + counter) | 0;
  state[0] = b ^ (b >>> 9);
  state[1] = (c + (c << 3)) | 0;
  state[2] = (((c << 21) | (c >>> 11)) + result) | 0;
  state[3] = (counter + 1) | 0;
  return result >>> 0;
}

/** Any text to as many well mixed words as one asks for. */
function createMixer(text: string): () => number {
  let hash = 1779033703 ^ text.length;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 3432918353);
    hash = (hash << 13) | (hash >>> 19);
  }
  return () => {
    hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
    hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
    hash ^= hash >>> 16;
    return hash | 0;
  };
}
