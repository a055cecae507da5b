import type { Usage } from './evidence.ts';

/**
 * What a crawler's operator says it collects for. A `control-token` is only ever written in robots.txt: it governs
 * the use of what the operator's other crawlers fetch.
 */
export const purposes = ['training', 'search', 'user-triggered', 'control-token', 'unknown'] as const;
export type Purpose = (typeof purposes)[number];

export interface Crawler {
  /** Product token as its operator writes it; compared without case. */
  token: string;
  /** Null when nobody is known to answer for it. */
  operator: string | null;
  purpose: Purpose;
  /** False for control tokens: no request ever carries this name. */
  sendsRequests: boolean;
  /** The control token that governs how this crawler's operator may use what it fetches. */
  controlToken: string | null;
  /** For a control token: the usages a Disallow refuses. Empty for every other. */
  controls: readonly Usage[];
  /** Where the row comes from, with its date. */
  source: string;
}

const listed = 'ai-robots-txt/ai.robots.txt robots.json at 738c80df, 2026-08-22';
const recorded = 'monperrus/crawler-user-agents at 7c7f9f25, 2026-07-02';
const documented = "the operator's documentation as quoted in published crawler lists, seen 2026-11-23";

type Row = readonly [operator: string | null, purpose: Purpose, tokens: readonly string[], source: string];

// Tokens that are everyday words (Code, Operator, Spider) are left out: they name no crawler beyond doubt.
const rows: readonly Row[] = [
  ['OpenAI', 'training', ['GPTBot'], listed],
  ['OpenAI', 'search', ['OAI-SearchBot'], listed],
  ['OpenAI', 'user-triggered', ['ChatGPT-User', 'ChatGPT Agent'], listed],
  ['Anthropic', 'training', ['ClaudeBot', 'anthropic-ai'], listed],
  ['Anthropic', 'search', ['Claude-SearchBot'], listed],
  ['Anthropic', 'user-triggered', ['Claude-User'], listed],
  ['Anthropic', 'unknown', ['Claude-Web'], listed],
  ['Google', 'search', ['Googlebot', 'Googlebot-Image', 'Googlebot-Video', 'Googlebot-News'], recorded],
  ['Google', 'control-token', ['Google-Extended'], documented],
  ['Google', 'user-triggered', ['Google-NotebookLM', 'Gemini-Deep-Research', 'Google-Agent'], listed],
  ['Google', 'user-triggered', ['GoogleAgent-Mariner', 'GoogleAgent-URLContext'], listed],
  ['Google', 'unknown', ['GoogleOther', 'GoogleOther-Image', 'GoogleOther-Video'], listed],
  ['Google', 'unknown', ['Google-CloudVertexBot'], listed],
  ['Apple', 'search', ['Applebot'], listed],
  ['Apple', 'control-token', ['Applebot-Extended'], documented],
  ['Meta', 'training', ['meta-externalagent', 'FacebookBot'], listed],
  ['Meta', 'search', ['meta-webindexer'], listed],
  ['Meta', 'user-triggered', ['meta-externalfetcher'], listed],
  ['Meta', 'unknown', ['facebookexternalhit'], listed],
  ['Amazon', 'search', ['Amzn-SearchBot', 'amazon-kendra'], listed],
  ['Amazon', 'user-triggered', ['Amzn-User'], listed],
  ['Amazon', 'unknown', ['Amazonbot', 'bedrockbot'], listed],
  ['Microsoft', 'search', ['bingbot'], recorded],
  [null, 'search', ['AzureAI-SearchBot'], listed],
  ['Common Crawl Foundation', 'training', ['CCBot'], listed],
  ['ByteDance', 'training', ['Bytespider', 'TikTokSpider'], listed],
  ['Ai2', 'training', ['AI2Bot', 'Ai2Bot-Dolma'], listed],
  ['Ai2', 'unknown', ['AI2Bot-DeepResearchEval'], listed],
  ['Cohere', 'training', ['cohere-training-data-crawler'], listed],
  ['Cohere', 'user-triggered', ['cohere-ai'], listed],
  ['DeepSeek', 'training', ['DeepSeekBot'], listed],
  ['Huawei', 'training', ['PanguBot'], listed],
  ['Huawei', 'search', ['PetalBot'], listed],
  ['ImageSift', 'training', ['ImagesiftBot'], listed],
  ['img2dataset', 'training', ['img2dataset'], listed],
  ['LAION', 'training', ['LAIONDownloader'], listed],
  ['Timpi', 'training', ['Timpibot'], listed],
  ['ROIS', 'training', ['Cotoyogi'], listed],
  ['FactSet', 'training', ['Factset_spyderbot'], listed],
  ['ISS-Corporate', 'training', ['ISSCyberRiskCrawler'], listed],
  ['Kangaroo LLM', 'training', ['Kangaroo Bot'], listed],
  ['Perplexity', 'search', ['PerplexityBot'], listed],
  ['Perplexity', 'user-triggered', ['Perplexity-User'], listed],
  ['Mistral AI', 'user-triggered', ['MistralAI-User'], listed],
  ['Moonshot AI', 'user-triggered', ['Kimi-User'], listed],
  ['Butterfly Effect', 'user-triggered', ['Manus-User'], listed],
  ['Kagi', 'user-triggered', ['kagi-fetcher'], listed],
  ['Alibaba', 'user-triggered', ['TongyiBot'], listed],
  ['DuckDuckGo', 'search', ['DuckAssistBot'], listed],
  ['You.com', 'search', ['YouBot'], listed],
  ['Brave', 'search', ['Bravebot'], listed],
  ['Exa', 'search', ['ExaBot', 'ExaSearchBot'], listed],
  ['Cloudflare', 'search', ['Cloudflare-AutoRAG'], listed],
  ['Baidu', 'search', ['Baiduspider'], recorded],
  ['Baidu', 'user-triggered', ['YiyanBot'], listed],
  ['Yandex', 'search', ['YandexBot'], recorded],
  ['Yandex', 'unknown', ['YandexAdditional', 'YandexAdditionalBot'], listed],
  ['Diffbot', 'unknown', ['Diffbot'], listed],
  ['Webz.io', 'unknown', ['omgili', 'omgilibot', 'webzio-extended'], listed],
  ['NICT', 'unknown', ['ICC-Crawler'], listed],
  ['SB Intuitions', 'unknown', ['SBIntuitionsBot'], listed],
  ['Velen', 'unknown', ['VelenPublicWebCrawler'], listed],
  ['Tavily', 'unknown', ['TavilyBot'], listed],
  ['Firecrawl', 'unknown', ['FirecrawlAgent'], listed],
  ['Parallel', 'unknown', ['ShapBot'], listed],
  ['Withhold', 'unknown', ['WithholdBot'], 'this project: reads signals and pages their owners name'],
];

/**
 * What each control token governs, and for whose fetches. Google's covers training and grounding of Gemini;
 * Apple's the training of its foundation models.
 */
const control: Record<string, { controls: readonly Usage[]; crawlers: readonly string[] }> = {
  'Google-Extended': {
    controls: ['train-ai', 'ai-use'],
    crawlers: ['Googlebot', 'Googlebot-Image', 'Googlebot-Video', 'Googlebot-News'],
  },
  'Applebot-Extended': { controls: ['train-ai'], crawlers: ['Applebot'] },
};

/** Every crawler known here, in the order of the table. */
export const crawlers: readonly Crawler[] = rows.flatMap(([operator, purpose, tokens, source]) =>
  tokens.map((token) => ({
    token,
    operator,
    purpose,
    sendsRequests: purpose !== 'control-token',
    controlToken: Object.keys(control).find((name) => control[name]?.crawlers.includes(token)) ?? null,
    controls: control[token]?.controls ?? [],
    source,
  })),
);

const byToken = new Map(crawlers.map((crawler) => [crawler.token.toLowerCase(), crawler]));

/** @returns the row of a product token, whatever its case, or null. */
export function crawlerOf(token: string): Crawler | null {
  return byToken.get(token.toLowerCase()) ?? null;
}

/** @returns the crawlers an operator runs or controls, by its name in this table. */
export function crawlersOf(operator: string): Crawler[] {
  return crawlers.filter((crawler) => crawler.operator === operator);
}
