import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlAttributesMax, htmlLengthMax, htmlStatementsMax, readHtml } from '../../src/consent/html.ts';

const url = 'https://example.com/a/page';
const read = (html: string) => readHtml(html, url);
const said = (html: string) => read(html).metas.map(({ name, content }) => `${name}=${content}`);

describe('meta elements of a page', () => {
  const meta = '<meta name="robots" content="noai">';
  it.each([
    ['plain', meta, ['robots=noai']],
    ['upper case, no quotes', '<META NAME=Robots CONTENT=NOAI>', ['Robots=NOAI']],
    ['single quotes, attributes turned round', "<meta content='noai' name='robots'/>", ['robots=noai']],
    ['character references', '<meta name="robots" content="no&#97;i&comma; x&amp;y">', ['robots=noai, x&y']],
    ['an attribute said twice counts once', '<meta name=robots content=noai content=all>', ['robots=noai']],
    ['named agent', '<meta name="GPTBot" content="noai">', ['GPTBot=noai']],
    ['after a bogus comment', `<?php x ?><!x>${meta}`, ['robots=noai']],
    ['after a comment that ends with --!>', `<!-- a --!>${meta}`, ['robots=noai']],
    ['after an empty comment', `<!-->${meta}`, ['robots=noai']],
    ['in the body', `<body><p>${meta}`, ['robots=noai']],
    ['in noscript', `<head><noscript>${meta}</noscript>`, ['robots=noai']],
    ['after a closed title', `<title>a</title>${meta}`, ['robots=noai']],
    ['after a script that writes a comment', `<script>"<!--"</script>${meta}`, ['robots=noai']],
    ['ending an SVG', `<svg>${meta}`, ['robots=noai']],
    ['after svg/', `<svg/>${meta}`, ['robots=noai']],
    ['in a comment', `<!-- ${meta} -->`, []],
    ['in a script', `<script>${meta}</script>`, []],
    ['in a style', `<style>${meta}</style>`, []],
    ['in a title', `<title>${meta}</title>`, []],
    ['in a textarea', `<textarea>${meta}</textarea>`, []],
    ['in an iframe', `<iframe>${meta}</iframe>`, []],
    ['in xmp', `<xmp>${meta}</xmp>`, []],
    ['in a template', `<template><div>${meta}</div></template>`, []],
    ['in an attribute', `<a title='${meta}'>`, []],
    ['never closed', '<meta name="robots" content="noai"', []],
    ['without content', '<meta name="robots">', []],
    ['a property instead of a name', '<meta property="robots" content="noai">', []],
  ])('%s', (_name, html, expected) => expect(said(html)).toEqual(expected));

  it('come with their line, their words and whether they stand in the head', () => {
    const html =
      '<html>\n<head>\n<meta name="robots"\n content="noai">\n</head><body>x<meta name=a content=b>';
    expect(read(html).metas).toEqual([
      {
        name: 'robots',
        content: 'noai',
        line: 3,
        quote: '<meta name="robots"\n content="noai">',
        inHead: true,
      },
      { name: 'a', content: 'b', line: 5, quote: '<meta name=a content=b>', inHead: false },
    ]);
  });

  it.each([
    ['<head><title>x</title><script>1</script>', true],
    ['<head></head>', false],
    ['<p>', false],
    ['text', false],
    [' \n', true],
  ])('the head after %s: %s', (before, inHead) => {
    expect(read(`${before}<meta name=a content=b>`).metas[0]?.inHead).toBe(inHead);
  });

  it('those of TDMRep are given apart', () => {
    const html =
      '<meta name="TDM-Reservation" content="1"><meta name="tdm-policy" content="/p"><meta name=x content=1>';
    expect(read(html).tdm).toEqual({ reservation: ['1'], policy: ['/p'] });
  });
});

describe('licences of a page', () => {
  it('links: every type, resolved against the first base wherever it stands', () => {
    const html =
      '<link rel="next LICENSE" href="l" type="Application/RSL+xml; a=b"><link rel=license href=//cc.example/by><base href="/b/"><base href="/c/"><link rel=licence href=x><a rel=license href=y>';
    expect(read(html).licenceLinks.map(({ href, type }) => [href, type])).toEqual([
      ['https://example.com/b/l', 'application/rsl+xml'],
      ['https://cc.example/by', ''],
    ]);
  });

  it('no link inside SVG, and none that cannot be resolved', () => {
    expect(
      read('<svg><link rel=license href=x></svg><link rel=license href="https://[">').licenceLinks,
    ).toEqual([]);
  });

  it.each([
    ['<script type="application/rsl+xml"><rsl>&lt;</rsl></script>', ['<rsl>&lt;</rsl>']],
    ['<script type="application/rsl+xml"><rsl>', []],
    ['<script type="application/json"><rsl></script>', []],
    ['<template><script type="application/rsl+xml">x</script></template>', []],
  ])('documents in %s', (html, texts) => {
    expect(read(html).inlineRsl.map(({ text }) => text)).toEqual(texts);
  });
});

describe('bounds', () => {
  it.each([
    ['length', `${' '.repeat(htmlLengthMax)}<meta name=a content=b>`, 0],
    [
      'attributes',
      `<meta ${Array.from({ length: htmlAttributesMax }, (_, at) => `a${at}`).join(' ')} name=a content=b>`,
      0,
    ],
    ['statements', '<meta name=a content=b>'.repeat(htmlStatementsMax + 1), htmlStatementsMax],
  ])('%s', (_name, html, kept) => {
    expect(read(html).metas).toHaveLength(kept);
    expect(read(html).truncated).toBe(true);
  });

  it.each([
    ['attributes', `<a ${Array.from({ length: 60_000 }, (_, at) => `a${at}`).join(' ')}>`],
    ['nesting', '<svg><desc>'.repeat(40_000)],
    ['end tags', '<template>'.repeat(300) + '</b>'.repeat(100_000)],
    ['open tags', '<'.repeat(htmlLengthMax)],
    ['comments', '<!--'.repeat(120_000)],
    ['references', '&'.repeat(htmlLengthMax)],
    ['script starts', '<script>'.repeat(60_000)],
  ])('%s by the tens of thousands are read to the end', (_name, html) => {
    expect(read(`<meta name=a content=b>${html}`).metas).toHaveLength(1);
  });

  it('never throws', () => {
    const part = fc.constantFrom(
      '<',
      '>',
      '</',
      '<!--',
      '-->',
      '<![CDATA[',
      'svg',
      'meta',
      ' name=',
      '"',
      "'",
      '&#x',
      '&amp',
      ';',
      'script',
      'template',
      '\0',
      '\ud800',
      '/',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(part, fc.string()), { maxLength: 40 }),
        (parts) => void read(parts.join('')),
      ),
    );
  });
});
