/** One thing that must hold between this service and a tool made by others; it fails by throwing. */
export type Case = readonly [name: string, holds: () => Promise<void>];

/** A tool made by others, and what must hold between it and this service. */
export interface Check {
  /** The tool with its version. */
  tool: string;
  /** @returns what came of its cases, or in a few words why the tool is not here. */
  run(folder: string): Promise<Outcome | { missing: string }>;
}

export interface Outcome {
  passed: number;
  failed: number;
}

const errorCharsMax = 2_000;

/** Runs cases one after another, as later ones may rest on earlier ones, and says how each went. */
export async function runCases(cases: readonly Case[]): Promise<Outcome> {
  const outcome = { passed: 0, failed: 0 };
  for (const [name, holds] of cases) {
    try {
      await holds();
      outcome.passed += 1;
      process.stdout.write(`ok      ${name}\n`);
    } catch (error) {
      outcome.failed += 1;
      const why = error instanceof Error ? error.message.slice(0, errorCharsMax) : String(error);
      process.stdout.write(`FAILED  ${name}\n${why}\n`);
    }
  }
  return outcome;
}
