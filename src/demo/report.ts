import { readFile } from 'node:fs/promises';
import { AppError } from '../errors.ts';
import type { ServiceOverrides } from '../node.ts';
import { type ReportModel, reportPage } from '../web/pages/report.ts';
import { page, pageContext } from '../web/routes/context.ts';

export const reportPath = '/demo/report';

/**
 * Mounts the report of the demo's filter run, read from the summary the command wrote.
 * @param summaryFile where that is, null before the run.
 */
export function mountReport(summaryFile: () => string | null): NonNullable<ServiceOverrides['mount']> {
  return (app, assets) => {
    app.get(reportPath, async (c) => {
      const file = summaryFile();
      if (file === null) throw new AppError('not-found', 'The dataset is not filtered yet.');
      const summary = JSON.parse(await readFile(file, 'utf8')) as ReportModel;
      return page(c, reportPage(pageContext(c, assets), summary));
    });
  };
}
