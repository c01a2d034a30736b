import { TidemarkError } from "../../core/errors.ts";
import type { Problem } from "../../engine/source-admin.ts";

export interface Finding extends Problem {
  /** A source's name, `journal` or `archive`. */
  readonly where: string;
}

/** What stops the looking is itself a finding, so that one wrong password does not hide the rest. */
export async function checkPlace(
  where: string,
  look: () => Promise<readonly Problem[] | void>,
): Promise<Finding[]> {
  try {
    return ((await look()) ?? []).map((problem) => ({ where, ...problem }));
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code === "CANCELLED")
      throw error;
    return [{ where, ...asProblem(error) }];
  }
}

export function asProblem({ code, message, hint }: TidemarkError): Problem {
  return {
    severity: "error",
    code,
    message,
    mend: hint ?? "",
    needsRestart: false,
  };
}
