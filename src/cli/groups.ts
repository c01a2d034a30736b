/** The headings of `--help`, for `.helpGroup()`. */
export const GROUPS = {
  setup: "Set up:",
  capture: "Keep history:",
  look: "Look into it:",
  restore: "Restore:",
  other: "Other:",
} as const;
