import type { Reporter } from 'vitest/node';

/**
 * Ends a run with the names of what was skipped, so that nobody takes a missing folder for a passed test, and with one
 * line that machines read: `N passed, N failed`.
 */
export const summaryReporter: Reporter = {
  onTestRunEnd(modules, unhandledErrors) {
    const named = (state: 'passed' | 'failed' | 'skipped') =>
      modules.flatMap((module) =>
        [...module.children.allTests(state)].map((test) => `  ${module.relativeModuleId}: ${test.fullName}`),
      );
    const skipped = [...new Set(named('skipped'))];
    // A file that does not load, or an error outside any test, has no test to fail.
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandledErrors.length;
    if (skipped.length > 0) process.stdout.write(`\nSkipped:\n${skipped.join('\n')}\n`);
    process.stdout.write(`\n${named('passed').length} passed, ${named('failed').length + broken} failed\n`);
  },
};
