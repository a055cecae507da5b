import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adminPage } from '../../src/web/pages/admin.ts';
import { checkPage } from '../../src/web/pages/check.ts';
import { confirmPage } from '../../src/web/pages/confirm.ts';
import { docsPage } from '../../src/web/pages/docs.ts';
import { imprintPage, privacyPage, termsPage } from '../../src/web/pages/legal.ts';
import { linkPage } from '../../src/web/pages/link.ts';
import { linkSentPage, myPage } from '../../src/web/pages/my.ts';
import { optOutPage } from '../../src/web/pages/opt-out.ts';
import { outboxPage } from '../../src/web/pages/outbox.ts';
import { problemPage } from '../../src/web/pages/problem.ts';
import { sentPage } from '../../src/web/pages/sent.ts';
import { apiDocument } from './sample-api.ts';
import {
  administered,
  context,
  optOuts,
  pictureAsked,
  pictureRefused,
  refused,
  statement,
  values,
} from './samples.ts';

/**
 * Replaces every string of a model that anybody could have written. What our own code fixes (kinds, states, times)
 * keeps its value, because the schemas let nothing else through.
 */
const ours = new Set(
  'kind state effect trust role verdict act usage source preference purpose since updated createdAt confirmedAt checkedAt foundAt observedAt expiresAt countedAt revokedAt type in $ref scopes usages'.split(
    ' ',
  ),
);

function poison(value: unknown, evil: string, key = ''): unknown {
  if (ours.has(key) && !Array.isArray(value)) return value;
  if (typeof value === 'string') return evil;
  if (Array.isArray(value)) return value.map((each) => poison(each, evil, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, poison(each, evil, name)]));
}

const ctx = (evil: string) => context('/x', { operator: evil, csrf: evil });
const asked = (evil: string) => ({ url: evil, agent: evil, usage: 'train-ai' as const });
const as = <Model>(model: Model, evil: string) => poison(model, evil) as Model;

const pages: Record<string, (evil: string) => unknown> = {
  my: (evil) => myPage(ctx(evil), { signedIn: true, email: evil, optOuts: as(optOuts, evil) }),
  'my, failed': (evil) =>
    myPage(ctx(evil), { signedIn: false, email: evil, errors: [{ field: 'email', detail: evil }] }),
  'my, notice': (evil) =>
    myPage(ctx(evil), { signedIn: true, email: evil, optOuts: [], notice: { what: 'found', host: evil } }),
  asked: (evil) => linkSentPage(ctx(evil), { email: evil }),
  'opt-out': (evil) =>
    optOutPage(ctx(evil), {
      statement,
      values: { ...as(values, evil), usages: values.usages, affirmed: true },
      errors: ['picture', 'urls', 'domains', 'name', 'email', 'role', 'affirmed', 'licence'].map((field) => ({
        field,
        detail: evil,
      })),
      uploadBytesMax: 1,
    }),
  sent: (evil) => sentPage(ctx(evil), { email: evil }),
  confirm: (evil) =>
    confirmPage(ctx(evil), {
      state: 'open',
      token: evil,
      optOut: as(optOuts, evil)[0] as (typeof optOuts)[number],
    }),
  link: (evil) => linkPage(ctx(evil), { state: 'open', to: 'link', token: evil }),
  'check, picture': (evil) =>
    checkPage(ctx(evil), {
      form: 'picture',
      values: asked(evil),
      errors: [],
      picture: { ...as(pictureAsked, evil), exactOnly: null },
      decision: as(pictureRefused, evil),
    }),
  check: (evil) =>
    checkPage(ctx(evil), { form: 'address', values: asked(evil), errors: [], decision: as(refused, evil) }),
  'check, failed': (evil) =>
    checkPage(ctx(evil), { form: 'address', values: asked(evil), errors: [{ field: 'url', detail: evil }] }),
  admin: (evil) => adminPage(ctx(evil), { ...as(administered, evil), newKey: { consumer: evil, key: evil } }),
  outbox: (evil) =>
    outboxPage(ctx(evil), {
      letters: [{ id: evil, to: evil, subject: evil, text: evil, createdAt: '2026-11-23T14:02:00Z' }],
    }),
  problem: (evil) => problemPage(ctx(evil), { title: evil, detail: evil, fix: evil, requestId: evil }),
  imprint: (evil) => imprintPage(ctx(evil), { imprint: evil }),
  privacy: (evil) => privacyPage(ctx(evil), { contact: evil }),
  terms: (evil) => termsPage(ctx(evil), { terms: evil }),
  docs: (evil) => docsPage(ctx(evil), as(apiDocument, evil)),
};

describe('what people wrote stays words', () => {
  test.each(Object.entries(pages))('%s', (_, render) => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.boolean(), (noise, first) => {
        const mark = `<x-evil onload="'>`;
        const page = String(render(first ? mark + noise : noise + mark));
        expect(page).not.toContain('<x-evil');
        expect(page).not.toContain(`="'`);
        expect(page).not.toContain(`"'>`);
      }),
      { numRuns: 30 },
    );
  });

  test.each(Object.entries(pages))('%s makes no link of a javascript: address', (_, render) => {
    for (const evil of [
      'javascript:alert(1)',
      ' JAVASCRIPT:alert(1)',
      'data:text/html,x',
      'java\nscript:alert(1)',
    ]) {
      expect(String(render(evil))).not.toMatch(/(href|src|action)="\s*(java\s*script|data):/i);
    }
  });
});
