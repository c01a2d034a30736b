import type { Problem } from "../../source-admin.ts";

export function error(code: string, message: string, mend: string): Problem {
  return { severity: "error", code, message, mend, needsRestart: false };
}

export function warning(code: string, message: string, mend: string): Problem {
  return { severity: "warning", code, message, mend, needsRestart: false };
}
