/**
 * Named places between two durable steps. In production a call is an empty function; the crash matrix of the tests installs
 * a hook through main.ts that kills the process at one of them. Never call it in a loop over rows.
 */
let hook: ((name: string) => void) | undefined;

export function failpoint(name: string): void {
  hook?.(name);
}

/** Only main.ts and tests call this. */
export function installFailpoint(
  next: ((name: string) => void) | undefined,
): void {
  hook = next;
}
