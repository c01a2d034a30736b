/** A failpoint hook for crash tests: the process dies as if the power went, at the n-th pass of one place. */
export function dieAt(place: {
  readonly name: string;
  readonly hit: number;
}): (name: string) => void {
  let hits = 0;
  return (name) => {
    if (name !== place.name) return;
    hits += 1;
    if (hits === place.hit) process.kill(process.pid, "SIGKILL");
  };
}
