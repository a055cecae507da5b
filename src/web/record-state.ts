import { type Usage, usages } from '../consent/evidence.ts';
import type { RecordView } from '../http/schemas.ts';
import { listOf, timeOnly } from './format.ts';
import { type Html, html, rich } from './html.ts';
import type { Tone } from './marks.ts';
import { en } from './texts/en.ts';

/** The heaps in which a creator sees records: what works, what waits for whom, what is over. */
export type Heap = 'decides' | 'possible' | 'waiting' | 'held' | 'gone' | 'other';

export interface RecordState {
  heap: Heap;
  tone: Tone;
  word: string;
  sentence: Html;
}

/** What crawlers are told by these preferences: `not to train AI on it and not to give it to AI as input`. */
export function told(said: RecordView['usages']): string {
  const parts = usages.flatMap((usage: Usage) => {
    const preference = said[usage];
    return preference === undefined ? [] : [en.records.usages[usage][preference]];
  });
  return parts.length === 0 ? en.records.notSaid : listOf(parts);
}

const ended: Record<string, { heap: Heap; tone: Tone }> = {
  suspended: { heap: 'waiting', tone: 'contested' },
  withdrawn: { heap: 'gone', tone: 'unknown' },
  rejected: { heap: 'other', tone: 'unknown' },
  erased: { heap: 'gone', tone: 'unknown' },
  quarantined: { heap: 'held', tone: 'contested' },
  'pending-proof': { heap: 'waiting', tone: 'contested' },
  'pending-email': { heap: 'other', tone: 'unknown' },
  draft: { heap: 'other', tone: 'unknown' },
};

/** A record's state as a word, a tone and one sentence for its creator. What is said stands with the opt-out. */
export function recordState(record: RecordView): RecordState {
  const { states } = en.records;
  const since = timeOnly(record.since ?? record.updated);
  const parts = {
    since,
    updated: timeOnly(record.updated),
    host: html`<bdi>${record.needs ?? record.label}</bdi>`,
  };
  if (record.state === 'active') {
    if (record.effect === 'decides')
      return {
        heap: 'decides',
        tone: 'allow',
        word: states.active.word,
        sentence: rich(states.active.sentence, parts),
      };
    if (record.effect === 'possible') {
      const sentence = record.needs === null ? states.possible.sentenceName : states.possible.sentence;
      return {
        heap: 'possible',
        tone: 'contested',
        word: states.possible.word,
        sentence: rich(sentence, parts),
      };
    }
    return {
      heap: 'other',
      tone: 'unknown',
      word: states.silent.word,
      sentence: rich(states.silent.sentence, parts),
    };
  }
  const known: { word: string; sentence: string; sentenceName?: string } = isKnown(record.state)
    ? states[record.state]
    : states.draft;
  const sentence = record.needs === null ? (known.sentenceName ?? known.sentence) : known.sentence;
  const { heap, tone } = ended[record.state] ?? { heap: 'other' as const, tone: 'unknown' as const };
  return { heap, tone, word: known.word, sentence: rich(sentence, parts) };
}

type KnownState = Exclude<keyof typeof en.records.states, 'active' | 'possible' | 'silent'>;

function isKnown(state: string): state is KnownState {
  return Object.hasOwn(en.records.states, state);
}

/** Whether its creator can take it back: it has or waits for an effect. */
export function isWithdrawable(record: RecordView): boolean {
  return ['active', 'pending-proof', 'quarantined', 'suspended'].includes(record.state);
}
