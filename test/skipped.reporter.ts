import type { Reporter, TestModule } from 'vitest/node';

/** Names what was skipped at the end of a run, so that nobody takes a missing folder for a passed test. */
const reporter: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].map((test) => `  ${module.relativeModuleId}: ${test.fullName}`),
    );
    if (skipped.length > 0) process.stdout.write(`\nSkipped:\n${[...new Set(skipped)].join('\n')}\n`);
  },
};

export default reporter;
