import { z } from 'zod';
import type { RecordReport } from '../../datasets/tally/summary.ts';
import { AppError } from '../../errors.ts';
import { ask, parseQuietly, registryAddress, type TransportOptions } from '../../follow/transport.ts';
import { ReportAnswer, type ReportRequest, reportedRecordsMax } from '../../http/reports.ts';

const answerBytesMax = 64 * 1024;

/** What a registry is told after a run. */
export interface SentReport {
  /** What the builder calls the dataset; its earlier report is replaced. */
  dataset: string;
  /** Digest of the report, `sha256:…`. */
  digest: string;
  records: Iterable<RecordReport>;
}

/**
 * Tells a registry what became of its records in a dataset, `POST /v1/reports`, in as many requests as it takes, one
 * after the other. Sending it again, after a stop or for good measure, changes nothing.
 *
 * @param server where the registry is.
 * @returns how many records were sent, and how many of them the registry knows.
 * @throws AppError as `ask` does, `invalid` for an answer that is none.
 */
export async function sendReport(
  options: TransportOptions,
  server: string,
  report: SentReport,
): Promise<{ sent: number; known: number }> {
  const url = `${registryAddress(server)}/v1/reports`;
  const total = { sent: 0, known: 0 };
  const sendPart = async (records: RecordReport[], complete: boolean) => {
    const request: z.input<typeof ReportRequest> = {
      dataset: report.dataset,
      report: report.digest,
      records,
      complete,
    };
    const body = JSON.stringify(request);
    const answer = await ask(options, { url, body, accept: 'application/json', bytesMax: answerBytesMax });
    const parsed = ReportAnswer.safeParse(parseQuietly(answer.toString()));
    if (!parsed.success) {
      const issue = z.prettifyError(parsed.error).split('\n')[0] ?? '';
      throw new AppError('invalid', `${server} gave an answer this version does not understand: ${issue}`);
    }
    total.sent += records.length;
    total.known += parsed.data.known;
  };
  let part: RecordReport[] = [];
  for (const record of report.records) {
    if (part.length === reportedRecordsMax) {
      await sendPart(part, false);
      part = [];
    }
    part.push(record);
  }
  // The last part says that it is, so a run without any record is told as well: it ends what was reported before.
  await sendPart(part, true);
  return total;
}
