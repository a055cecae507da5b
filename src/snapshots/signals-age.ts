/** How long what was gathered of a site counts, in days, and the longest anybody may ask for. */
export const signalsAgeDays = { standard: 31, max: 3_650 } as const;
export const dayMs = 86_400_000;
