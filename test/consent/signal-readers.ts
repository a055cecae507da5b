import { readAiTxt } from '../../src/consent/ai-txt.ts';
import { readContentUsage } from '../../src/consent/content-usage.ts';
import { robotsEvidence } from '../../src/consent/robots/evidence.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import { readRobotsMeta, readXRobotsTag } from '../../src/consent/robots-directives.ts';
import type { SignalContext, SignalReading } from '../../src/consent/signal.ts';
import { readTdmrep } from '../../src/consent/tdmrep/tdmrep.ts';
import { readTrustTxt } from '../../src/consent/trust-txt.ts';

/** Every reader of a text signal, as a function of one text: what properties and fuzzing drive. */
export const signalReaders = {
  'content-usage header': (text, context) => readContentUsage([text], context),
  'content-usage header, a line each': (text, context) => readContentUsage(text.split('\n'), context),
  'robots.txt lines': (text, context) => {
    const { url, agent, where, observedAt } = context;
    return {
      ...robotsEvidence(parseRobots(text), { url, agent, robotsUrl: where, observedAt }),
      warnings: [],
    };
  },
  'x-robots-tag': (text, context) => readXRobotsTag(text.split('\n'), 'image', context),
  'robots meta': (text, context) => readRobotsMeta([{ name: 'robots', content: text }], 'page', context),
  'robots meta, any name': (text, context) =>
    readRobotsMeta([{ name: text, content: 'noai' }], 'page', context),
  'tdmrep header': (text, context) =>
    readTdmrep({ header: { reservation: text.split(','), policy: [text], where: context.where } }, context),
  'tdmrep meta': (text, context) =>
    readTdmrep({ meta: { reservation: [text], policy: text.split(' '), where: context.where } }, context),
  'tdmrep file': (text, context) => readTdmrep({ file: { text, where: context.where } }, context),
  'ai.txt': (text, context) => readAiTxt({ body: text }, context),
  'trust.txt': (text, context) => readTrustTxt([{ body: text, where: context.where }], context),
} satisfies Record<string, (text: string, context: SignalContext) => SignalReading>;

export type SignalReader = keyof typeof signalReaders;

/** For each reader, texts that refuse and grant nothing, and the words of which its language is made. */
export const signalTexts: Record<SignalReader, { refusing: string[]; words: string[] }> = {
  'content-usage header': {
    refusing: ['train-ai=n', 'train-ai=n, ai-use=n, search=n', 'train-ai=n;a=b, ai-use=n'],
    words: [
      'train-ai',
      'ai-use',
      'search',
      '=n',
      '=y',
      '=?0',
      '="n"',
      ', ',
      ';',
      '=',
      '(',
      ')',
      ':',
      '@1',
      '%"',
    ],
  },
  'content-usage header, a line each': {
    refusing: ['train-ai=n\nai-use=n'],
    words: ['train-ai=y', '\n', ',', '=n'],
  },
  'robots.txt lines': {
    refusing: [
      'User-agent: *\nContent-Usage: train-ai=n\nContent-Signal: ai-train=no, search=no\nAllow: /\n',
      'User-agent: GPTBot\nContent-Usage: /p train-ai=n\nDisallow:\n',
      'User-agent: *\nContent-Signal: ai-train=no, use=reference\n\nUser-agent: GPTBot\nAllow: /\n',
    ],
    words: [
      'User-agent: ',
      '*',
      'GPTBot',
      '\n',
      'Content-Usage: ',
      'Content-Signal: ',
      '/p ',
      'train-ai=',
      'n',
      'y',
      'ai-train=',
      'no',
      'yes',
      ', ',
      'Disallow: /',
      'Allow: /',
      '#',
    ],
  },
  'x-robots-tag': {
    refusing: [
      'noai',
      'noindex, noai, noimageai',
      'GPTBot: noai',
      'unavailable_after: Fri, 25-Jun-10 15:00:00 PST, noml',
    ],
    words: [
      'noai',
      'noimageai',
      'noml',
      'noarchive',
      'nocache',
      'none',
      'all',
      'GPTBot',
      ': ',
      ', ',
      '*',
      '\n',
      'unavailable_after',
      '15:00:00',
      '=',
    ],
  },
  'robots meta': { refusing: ['noai', 'noindex, noai'], words: ['noai', 'noml', 'all', ', ', ' ', '=', ':'] },
  'robots meta, any name': {
    refusing: ['robots', 'GPTBot'],
    words: ['robots', 'GPTBot', 'googlebot', '*', ' '],
  },
  'tdmrep header': { refusing: ['1', '1,1'], words: ['1', '0', ',', 'true', 'https://a/', '"'] },
  'tdmrep meta': { refusing: ['1'], words: ['1', '0', 'yes', 'https://a/', ' '] },
  'tdmrep file': {
    refusing: [
      '[{"location":"/","tdm-reservation":1}]',
      '[{"location": "/p", "tdm-reservation": 1, "tdm-policy": "https://example.com/policy.json"}]',
    ],
    words: [
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '"location"',
      '"tdm-reservation"',
      '"tdm-policy"',
      '"/"',
      '"/p"',
      '"*"',
      '1',
      '0',
      '"1"',
      'true',
      '"https://a/"',
      '"__proto__"',
    ],
  },
  'ai.txt': {
    refusing: ['User-Agent: *\nDisallow: /\n', 'User-Agent: GPTBot\nDisallow: *\n'],
    words: [
      'User-Agent: ',
      '*',
      'GPTBot',
      '\n',
      'Disallow: ',
      'Allow: ',
      '/',
      '*.jpg',
      '<html>',
      'Training: deny',
      '#',
    ],
  },
  'trust.txt': {
    refusing: ['datatrainingallowed=no\n', 'member=https://a/\ndatatrainingallowed=no # x\n'],
    words: ['datatrainingallowed', '=', 'yes', 'no', '\n', ' ', '#', 'member', 'data', ':', '<html>'],
  },
};
