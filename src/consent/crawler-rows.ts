import type { Purpose } from './crawlers.ts';

/**
 * The crawler table as it is kept: names and purposes are facts taken from the places named in `sources`; the
 * purpose classes are ours. What the operator does not say is `unknown`, never guessed.
 */
export interface CrawlerSource {
  /** Where the row comes from. */
  source: string;
  /** The day that version is from, or was read, as YYYY-MM-DD. */
  date: string;
}

const listed: CrawlerSource = {
  source: 'ai-robots-txt/ai.robots.txt robots.json at 738c80df',
  date: '2026-08-22',
};
const recorded: CrawlerSource = {
  source: 'monperrus/crawler-user-agents at 7c7f9f25',
  date: '2026-07-02',
};
const documented: CrawlerSource = {
  source: "the operator's documentation as quoted in published crawler lists",
  date: '2026-11-23',
};
const own: CrawlerSource = { source: 'this project', date: '2026-11-23' };

export interface CrawlerRow {
  /** Null when nobody is known to answer for it. */
  operator: string | null;
  /** The operator's own page about its crawlers, or null where none is known. */
  documentation: string | null;
  purpose: Purpose;
  tokens: readonly string[];
  from: CrawlerSource;
}

type Part = readonly [purpose: Purpose, tokens: string, from?: CrawlerSource];

/** One operator's crawlers: `tokens` are separated by commas, from the list of AI crawlers unless another is named. */
function by(operator: string | null, documentation: string | null, ...parts: Part[]): CrawlerRow[] {
  return parts.map(([purpose, tokens, from = listed]) => ({
    operator,
    documentation,
    purpose,
    tokens: tokens.split(', '),
    from,
  }));
}

const google = 'https://developers.google.com/search/docs/crawling-indexing/overview-google-crawlers';
const meta = 'https://developers.facebook.com/docs/sharing/webmasters/web-crawlers/';
const anthropic =
  'https://support.anthropic.com/en/articles/8896518-does-anthropic-crawl-data-from-the-web-and-how-can-site-owners-block-the-crawler';

export const crawlerRows: readonly CrawlerRow[] = [
  ...by(
    'OpenAI',
    'https://platform.openai.com/docs/bots',
    ['training', 'GPTBot'],
    ['search', 'OAI-SearchBot'],
    ['user-triggered', 'ChatGPT-User, ChatGPT Agent, Operator'],
    ['unknown', 'OpenAI'],
  ),
  ...by(
    'Anthropic',
    anthropic,
    ['training', 'ClaudeBot, anthropic-ai'],
    ['search', 'Claude-SearchBot'],
    ['user-triggered', 'Claude-User, Claude-Code'],
    ['unknown', 'Claude-Web'],
  ),
  ...by(
    'Google',
    google,
    ['search', 'Googlebot, Googlebot-Image, Googlebot-Video, Googlebot-News, Storebot-Google', recorded],
    ['control-token', 'Google-Extended', documented],
    ['user-triggered', 'Google-NotebookLM, NotebookLM, Gemini-Deep-Research, Google-Agent'],
    ['user-triggered', 'GoogleAgent-Mariner, GoogleAgent-URLContext, Google-Gemini-CLI, Google-Firebase'],
    ['unknown', 'GoogleOther, GoogleOther-Image, GoogleOther-Video'],
    ['unknown', 'Google-CloudVertexBot, CloudVertexBot'],
  ),
  ...by(
    'Apple',
    'https://support.apple.com/en-us/119829',
    ['search', 'Applebot'],
    ['control-token', 'Applebot-Extended', documented],
  ),
  ...by(
    'Meta',
    meta,
    ['training', 'meta-externalagent, FacebookBot'],
    ['search', 'meta-webindexer'],
    ['user-triggered', 'meta-externalfetcher'],
    ['unknown', 'facebookexternalhit'],
    ['unknown', 'meta-externalads', recorded],
  ),
  ...by(
    'Amazon',
    'https://developer.amazon.com/amazonbot',
    ['search', 'Amzn-SearchBot, amazon-kendra, amazon-QBusiness'],
    ['search', 'KendraBot', recorded],
    ['user-triggered', 'Amzn-User, AmazonBuyForMe, NovaAct'],
    ['unknown', 'Amazonbot, bedrockbot'],
  ),
  ...by(
    'Microsoft',
    'https://www.bing.com/webmasters/help/which-crawlers-does-bing-use-8c184ec0',
    ['search', 'bingbot, msnbot, AzureAI-SearchBot', recorded],
    ['unknown', 'BingPreview', recorded],
  ),
  ...by('GitHub', null, ['user-triggered', 'Code']),
  ...by('Common Crawl Foundation', 'https://commoncrawl.org/ccbot', ['training', 'CCBot']),
  ...by(
    'ByteDance',
    null,
    ['training', 'Bytespider, TikTokSpider'],
    ['user-triggered', 'Trae'],
    ['search', 'ToutiaoSpider', recorded],
    ['unknown', 'imageSpider', recorded],
  ),
  ...by(
    'Ai2',
    'https://allenai.org/crawler',
    ['training', 'AI2Bot, Ai2Bot-Dolma'],
    ['unknown', 'AI2Bot-DeepResearchEval'],
    ['search', 'SemanticScholarBot', recorded],
  ),
  ...by('Cohere', null, ['training', 'cohere-training-data-crawler'], ['user-triggered', 'cohere-ai']),
  ...by('DeepSeek', 'https://www.deepseek.com/bot', ['training', 'DeepSeekBot']),
  ...by('Zhipu AI', null, ['training', 'ChatGLM-Spider', recorded]),
  ...by(
    'Huawei',
    'https://webmaster.petalsearch.com/site/petalbot',
    ['training', 'PanguBot'],
    ['search', 'PetalBot'],
    ['search', 'AspiegelBot', recorded],
  ),
  ...by('ImageSift', 'https://imagesift.com/about', ['training', 'ImagesiftBot']),
  ...by('img2dataset', 'https://github.com/rom1504/img2dataset', ['training', 'img2dataset']),
  ...by(
    'LAION',
    'https://laion.ai/faq/',
    ['training', 'LAIONDownloader'],
    ['training', 'laion-huggingface-processor', recorded],
  ),
  ...by('Timpi', 'https://timpi.io', ['training', 'Timpibot']),
  ...by('ROIS', 'https://ds.rois.ac.jp/en_center8/en_crawler/', ['training', 'Cotoyogi']),
  ...by('FactSet', null, ['training', 'Factset_spyderbot']),
  ...by('ISS-Corporate', 'https://iss-cyber.com', ['training', 'ISSCyberRiskCrawler']),
  ...by('Kangaroo LLM', 'https://kangaroollm.com.au/kangaroo-bot/', ['training', 'Kangaroo Bot']),
  ...by('Kunato', 'http://kunato.ai/bot.html', ['training', 'KunatoCrawler', recorded]),
  ...by('Linguee', 'http://www.linguee.com/bot', ['training', 'Linguee Bot']),
  ...by('NICT', null, ['training', 'ICC-Crawler']),
  ...by('SB Intuitions', 'https://www.sbintuitions.co.jp/en/bot/', ['training', 'SBIntuitionsBot']),
  ...by('Sidetrade', 'https://www.sidetrade.com', ['training', 'Sidetrade indexer bot']),
  ...by('Velen', 'https://velen.io', ['training', 'VelenPublicWebCrawler']),
  ...by('Novellum', 'https://crawl.corp.novellum.ai/docs', ['training', 'Novellum', recorded]),
  ...by(
    'Perplexity',
    'https://docs.perplexity.ai/guides/bots',
    ['search', 'PerplexityBot'],
    ['user-triggered', 'Perplexity-User'],
    ['user-triggered', 'PerplexityUser', recorded],
  ),
  ...by('Mistral AI', 'https://docs.mistral.ai/robots', ['user-triggered', 'MistralAI-User']),
  ...by('Moonshot AI', null, ['user-triggered', 'Kimi-User']),
  ...by('Butterfly Effect', null, ['user-triggered', 'Manus-User']),
  ...by(
    'Kagi',
    'https://help.kagi.com/kagi/ai/kagi-ai.html',
    ['user-triggered', 'kagi-fetcher'],
    ['search', 'Kagibot', recorded],
  ),
  ...by('Alibaba', null, ['user-triggered', 'TongyiBot']),
  ...by(
    'DuckDuckGo',
    'https://duckduckgo.com/duckduckgo-help-pages/results/duckassistbot/',
    ['search', 'DuckAssistBot'],
    ['search', 'DuckDuckBot', recorded],
  ),
  ...by('You.com', 'https://about.you.com/youbot/', ['search', 'YouBot']),
  ...by('Brave', 'https://safe.search.brave.com/help/brave-search-crawler', ['search', 'Bravebot']),
  ...by('Exa', 'https://exa.ai', ['search', 'ExaBot, ExaSearchBot']),
  ...by('Cloudflare', 'https://developers.cloudflare.com/autorag', ['search', 'Cloudflare-AutoRAG']),
  ...by(
    'Baidu',
    'http://www.baidu.com/search/spider.html',
    ['search', 'Baiduspider', recorded],
    ['user-triggered', 'YiyanBot'],
  ),
  ...by(
    'Yandex',
    'https://yandex.com/bots',
    ['search', 'YandexBot', recorded],
    ['unknown', 'YandexAdditional, YandexAdditionalBot'],
  ),
  ...by('AddSearch', 'http://www.addsearch.com/bot', ['search', 'AddSearchBot']),
  ...by('Andi', 'https://andisearch.com/', ['search', 'Andibot']),
  ...by('Direqt', 'https://docs.direqt-search.com/direqt-bots/direqt-crawlers-and-user-agents', [
    'search',
    'Anomura',
  ]),
  ...by('Aranet', 'https://aranet.ai/bot', ['search', 'Aranet-SearchBot', recorded]),
  ...by(
    'Atlassian',
    'https://support.atlassian.com/organization-administration/docs/connect-custom-website-to-rovo/',
    ['search', 'atlassian-bot'],
  ),
  ...by('Ceramic', 'https://github.com/CeramicTeam/CeramicTerracotta', ['search', 'TerraCotta, Terra Cotta']),
  ...by('Channel3', 'https://trychannel3.com/channel3bot', ['search', 'Channel3Bot']),
  ...by('iAsk', 'https://www.iask.com/', ['search', 'iaskspider, iAskBot', recorded]),
  ...by('Linkup', 'https://linkup.so/bot', ['search', 'LinkupBot']),
  ...by('Lyrenth', null, ['search', 'AIWebIndex']),
  ...by('Querit', null, ['search', 'Querit-SearchBot, QueritBot']),
  ...by('Valyu', 'https://valyu.ai/crawler', ['search', 'HenkBot']),
  ...by('Zanista', 'https://zanista.ai/crawler-info', ['search', 'ZanistaBot']),
  ...by('Mojeek', 'https://www.mojeek.com/bot.html', ['search', 'MojeekBot', recorded]),
  ...by('Naver', 'http://naver.me/bot', ['search', 'Yeti', recorded]),
  ...by('Qwant', 'https://help.qwant.com/bot/', ['search', 'Qwantify, Qwantbot', recorded]),
  ...by('Seznam', 'http://napoveda.seznam.cz/en/seznambot-intro/', [
    'search',
    'SeznamBot, SeznamHomepageCrawler',
    recorded,
  ]),
  ...by('Sogou', 'http://www.sogou.com/docs/help/webmasters.htm#07', ['search', 'Sogou', recorded]),
  ...by('Yahoo', 'http://help.yahoo.com/help/us/ysearch/slurp', ['search', 'Slurp', recorded]),
  ...by('Open Web Search', 'https://ows.eu/owler', ['search', 'Owler', recorded]),
  ...by('Marginalia', 'https://search.marginalia.nu', ['search', 'search.marginalia.nu', recorded]),
  ...by('Internet Archive', null, ['unknown', 'ia_archiver', recorded]),
  ...by('Internet Archive', 'http://www.archive.org/details/archive.org_bot', [
    'unknown',
    'archive.org_bot',
    recorded,
  ]),
  ...by('Big Sur AI', 'https://bigsur.ai/', ['user-triggered', 'bigsur.ai']),
  ...by('Cognition', 'https://docs.devin.ai/get-started/devin-intro', ['user-triggered', 'Devin']),
  ...by('Anysphere', null, ['user-triggered', 'Cursor']),
  ...by('OpenCode', null, ['user-triggered', 'opencode']),
  ...by('Liner', 'https://docs.getliner.com/docs/linerbot', ['user-triggered', 'LinerBot']),
  ...by('Phind', null, ['user-triggered', 'PhindBot']),
  ...by('Poggio', 'https://docs.poggio.io/api/robots', ['user-triggered', 'Poggio-Citations']),
  ...by('Sider', null, ['user-triggered', 'linkReader', recorded]),
  ...by('Twin', null, ['user-triggered', 'TwinAgent']),
  ...by('Use AI', null, ['user-triggered', 'UseAI']),
  ...by('GeistHaus', null, ['user-triggered', 'GeistHaus-PageFetcher']),
  ...by('Klaviyo', 'https://help.klaviyo.com/hc/en-us/articles/40496146232219', [
    'user-triggered',
    'KlaviyoAIBot',
  ]),
  ...by(
    'Parallel',
    'https://docs.parallel.ai/resources/crawler',
    ['user-triggered', 'Shap-User'],
    ['unknown', 'ShapBot'],
  ),
  ...by('BuddyBotLearning', null, ['user-triggered', 'BuddyBot']),
  ...by('Qualified', 'https://www.qualified.com/legal/qualified-crawler-user-agent', [
    'unknown',
    'QualifiedBot',
  ]),
  ...by('Diffbot', 'https://www.diffbot.com/', ['unknown', 'Diffbot']),
  ...by(
    'Webz.io',
    'https://webz.io/bot.html',
    ['unknown', 'omgili, omgilibot, webzio-extended'],
    ['unknown', 'webzio', recorded],
  ),
  ...by('Tavily', null, ['unknown', 'TavilyBot']),
  ...by('Firecrawl', 'https://firecrawl.dev/', ['unknown', 'FirecrawlAgent']),
  ...by('The Agent Times', 'https://theagenttimes.com/about', ['unknown', 'AgentTimes']),
  ...by('aiHit', 'https://www.aihitdata.com/about', ['unknown', 'aiHitBot']),
  ...by('Apify', 'https://apify.com/apify/website-content-crawler', [
    'unknown',
    'ApifyBot, ApifyWebsiteContentCrawler',
  ]),
  ...by(
    'Awario',
    'https://awario.com/bots.html',
    ['unknown', 'Awario'],
    ['unknown', 'AwarioBot, AwarioSmartBot, AwarioRssBot', recorded],
  ),
  ...by('Bright Data', 'https://brightdata.com/brightbot', ['unknown', 'Brightbot']),
  ...by('CragSoftware', null, ['unknown', 'CragCrawler']),
  ...by('Crawlspace', 'https://crawlspace.dev', ['unknown', 'Crawlspace']),
  ...by('Datenbank', null, ['unknown', 'Datenbank Crawler']),
  ...by('Echobox', 'https://echobox.com', ['unknown', 'Echobot Bot, EchoboxBot']),
  ...by('Exte', 'http://crawl001.exte.ai/', ['unknown', 'ExteContextCrawl', recorded]),
  ...by('Flyriver', 'https://flyriver.com/crawler', ['unknown', 'Flyriverbot', recorded]),
  ...by(
    'Meltwater',
    'https://www.meltwater.com/en/suite/consumer-intelligence',
    ['unknown', 'YaK'],
    ['unknown', 'MeltwaterNews', recorded],
  ),
  ...by('Mozilla', 'https://docs.tabstack.ai/trust/controlling-access', ['unknown', 'Mozilla-Tabstack']),
  ...by('Naget', 'https://naget.ai/bot', ['unknown', 'NagetBot']),
  ...by('netEstate', null, ['unknown', 'netEstate Imprint Crawler']),
  ...by('Panscient', 'https://panscient.com/faq.htm', ['unknown', 'Panscient, panscient.com']),
  ...by('Poseidon Research', 'https://www.poseidonresearch.com', ['unknown', 'Poseidon Research Crawler']),
  ...by('QuantumCloud', 'https://www.quantumcloud.com', ['unknown', 'wpbot']),
  ...by('QuillBot', 'https://quillbot.com', ['unknown', 'QuillBot, quillbot.com']),
  ...by('Reflection', 'https://reflection.ai/', ['unknown', 'Reflectionbot']),
  ...by('Semantic Visions', 'https://semantic-visions.com/', ['unknown', 'semantic-visions', recorded]),
  ...by('Semrush', 'https://www.semrush.com/bot/', ['unknown', 'SemrushBot-OCOB, SemrushBot-SWA']),
  ...by('Spawning', null, ['unknown', 'Spawning-AI', recorded]),
  ...by('spider.com', 'https://www.spider.com/solutions/web-crawler', ['unknown', 'Spider', recorded]),
  ...by('TaraGroup', null, ['unknown', 'TaraGroup Intelligent Bot', recorded]),
  ...by('The Knowledge AI', null, ['unknown', 'The Knowledge AI', recorded]),
  ...by('Thinkbot', 'https://www.thinkbot.agency', ['unknown', 'Thinkbot']),
  ...by('WEBSPARK', null, ['unknown', 'WARDBot']),
  ...by('Zyte', 'https://www.zyte.com', ['unknown', 'Scrapy']),
  ...by('Crawl4AI', 'https://github.com/unclecode/crawl4ai', ['unknown', 'Crawl4AI']),
  ...by(null, null, ['unknown', 'FriendlyCrawler, LCC, Lightpanda, MyCentralAIScraperBot, newsai, WRTNBot']),
  ...by(null, null, ['unknown', 'AISearchBot, ImageMind, TSM-turingos', recorded]),
  ...by('Withhold', null, ['unknown', 'WithholdBot', own]),
];

/**
 * Tokens that are everyday words, or names of companies: in a User-Agent they name no crawler beyond doubt, so they
 * count only where they are sent as the whole token.
 */
export const everydayWords: readonly string[] = [
  'Code',
  'Cursor',
  'Devin',
  'LCC',
  'newsai',
  'OpenAI',
  'opencode',
  'Operator',
  'Owler',
  'Panscient',
  'Slurp',
  'Spider',
  'Trae',
  'YaK',
  'Yeti',
];
