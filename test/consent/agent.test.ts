import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentLengthMax, resolveAgent, tokenLengthMax } from '../../src/consent/agent.ts';
import { ownVectors } from './vectors.ts';

interface Expect {
  token?: string | null;
  operator?: string | null;
  class?: string;
  sendsRequests?: boolean;
  legalProductToken?: boolean;
}

describe('who is asking', () => {
  const vectors = ownVectors<{ userAgent?: string; token?: string }, Expect>('signals/user-agents.json');

  it.each(vectors.map((vector) => [vector.id, vector] as const))('%s', (_id, { input, expect: expected }) => {
    const { class: purpose, ...rest } = expected;
    const given = input.userAgent ?? input.token ?? '';
    expect(resolveAgent(given)).toMatchObject(purpose === undefined ? rest : { ...rest, purpose });
  });

  it.each([
    ['gptbot', 'GPTBot'],
    ['  GPTBot/1.2 ', 'GPTBot'],
    ['Google-Extended', 'Google-Extended'],
    ['WithholdBot/1 (+https://withhold.example/bot)', 'WithholdBot'],
    ['Googlebot-Image/1.0', 'Googlebot-Image'],
    ['SomebodysBot', 'SomebodysBot'],
    ['SomebodysBot/2.0 (+https://example.com/gptbot; claudebot@anthropic.com)', 'SomebodysBot'],
    ['Mozilla/5.0 (compatible; SomebodysBot/2.0; +https://example.com/GPTBot)', 'SomebodysBot'],
    ['Mozilla/5.0 (compatible; SomebodysBot; like Googlebot)', 'SomebodysBot'],
    ['Mozilla/5.0 (Windows NT 10.0) Chrome/131.0 Safari/537.36 OtherCrawler/1.0', 'OtherCrawler'],
    ['My GPTBot2 tests', 'My GPTBot2 tests'],
    ['Operator', 'Operator'],
    ['Spider/2.0', 'Spider'],
    ['My Operator/1.0', 'My Operator'],
    ['Mozilla/5.0 (compatible; SomebodysBot/2.0; our Spider, run by the Operator)', 'SomebodysBot'],
    ['netEstate NE Crawler (+http://www.website-datenbank.de/)', 'netEstate NE Crawler'],
    ['Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)', null],
    ['Opera/9.80 (Windows NT 6.1) Presto/2.12 Version/12.16', null],
    ['*', null],
    ['+https://example.com/bot', null],
    ['()', null],
  ])('%j is %j', (given, token) => {
    expect(resolveAgent(given).token).toBe(token);
  });

  it('names the control token that governs a crawler', () => {
    expect(resolveAgent('Googlebot')).toMatchObject({ controlToken: 'Google-Extended', sendsRequests: true });
    expect(resolveAgent('Applebot').controlToken).toBe('Applebot-Extended');
    expect(resolveAgent('Google-Extended')).toMatchObject({ controlToken: null, sendsRequests: false });
    expect(resolveAgent('GPTBot').controlToken).toBeNull();
  });

  it('refuses what is too long, with what to send instead', () => {
    expect(() => resolveAgent('x'.repeat(agentLengthMax + 1))).toThrow(
      expect.objectContaining({ code: 'invalid', field: 'agent' }),
    );
  });

  it('answers anything else, with a bounded token on one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: agentLengthMax }), (given) => {
        const { token } = resolveAgent(given);
        if (token === null) return;
        expect(token.length).toBeLessThanOrEqual(tokenLengthMax);
        expect(token).toBe(token.trim());
        expect(token).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  it('a resolved token resolves to itself', () => {
    for (const vector of vectors) {
      const { token } = resolveAgent(vector.input.userAgent ?? vector.input.token ?? '');
      if (token !== null) expect(resolveAgent(token).token).toBe(token);
    }
  });
});
