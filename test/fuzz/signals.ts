import type { SignalContext, SignalReading } from '../../src/consent/signal.ts';
import { quoteLengthMax, signalWarningsMax } from '../../src/consent/statement.ts';
import type { Seeded } from '../../src/demo/seeded.ts';
import { type SignalReader, signalReaders, signalTexts } from '../consent/signal-readers.ts';
import { contextOf } from '../consent/signal-verdicts.ts';
import { mutated, noise, sequence } from './mutations.ts';
import type { AnyTarget, FuzzTarget } from './targets.ts';

interface Case {
  text: string;
  context: SignalContext;
}

const contexts = [null, 'GPTBot', 'AI2Bot', 'Google-Extended', 'bingbot'].flatMap((agent) =>
  ['https://h.example/p', 'https://h.example/p/a.jpg?x', `https://h.example/${'a'.repeat(2_000)}`].map(
    (url) => contextOf({ agent, url, where: 'https://h.example/signal' }),
  ),
);

/** Large ones are rare: they take as long as thousands of others. */
const largeChance = 1 / 4_000;
const largeLength = 500_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function textFor(random: Seeded, reader: SignalReader): string {
  const { refusing, words } = signalTexts[reader];
  if (random.chance(largeChance)) {
    const piece = random.chance(0.7) ? sequence(random, words, 4) : decoder.decode(noise(random, 8));
    return `${random.pick(refusing)}${(piece || ' ').repeat(largeLength)}`.slice(0, largeLength);
  }
  const kind = random.below(10);
  if (kind < 4) return sequence(random, words, 24);
  if (kind < 8)
    return decoder.decode(
      mutated(
        random,
        refusing.map((text) => encoder.encode(text)),
      ),
    );
  if (kind < 9) return decoder.decode(noise(random, 200));
  return (sequence(random, words, 4) + decoder.decode(noise(random, 6))).repeat(random.below(40));
}

/** A grant stands in the text letter for letter: `=y`, `=yes` or a 0. */
const grant = /=y|=\s*yes|0/i;

function targetFor(reader: SignalReader): FuzzTarget<Case, SignalReading> {
  return {
    generate: (random) => ({ context: random.pick(contexts), text: textFor(random, reader) }),
    bytesOf: ({ text }) => text.length,
    run: ({ text, context }) => signalReaders[reader](text, context),
    check({ text, context }, { evidence, warnings }) {
      if (warnings.length > signalWarningsMax) throw new Error('more warnings than the cap');
      for (const { quote, where } of [...evidence, ...warnings]) {
        const bounded = quote.length <= quoteLengthMax + 1 && quote.isWellFormed();
        if (!bounded || where === '') throw new Error('a quote too long, broken, or without its place');
      }
      for (const { preference, observedAt } of evidence) {
        if (observedAt !== context.observedAt) throw new Error('evidence of another time');
        if (preference === 'allow' && !grant.test(text)) throw new Error('a grant nobody wrote');
      }
    },
    show: ({ text, context }) =>
      JSON.stringify({ agent: context.agent?.given, length: text.length, text: text.slice(0, 600) }),
  };
}

/** One target for each reader of a text signal. */
export const signals: Readonly<Record<string, AnyTarget>> = Object.fromEntries(
  (Object.keys(signalReaders) as SignalReader[]).map((reader) => [
    reader.replaceAll(/[^a-z.]+/g, '-'),
    targetFor(reader) as AnyTarget,
  ]),
);
