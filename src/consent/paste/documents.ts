import { type DataMiningKey, dataMiningVocabulary } from '../in-file/data-mining.ts';
import { plusNamespace, tdmNamespaces } from '../in-file/xmp.ts';
import { rslMediaType } from '../rsl/discovery.ts';
import { type RslUsage, rslNamespace } from '../rsl/terms.ts';
import { type PasteUsage, pasteUsages } from './usages.ts';

/** An RSL licence, and the ways to point to it. */
export interface RslPaste {
  /** Where to publish the document. */
  path: string;
  document: string;
  /** Line of robots.txt; above the first User-agent line, so that it speaks to everybody without a licence of its own. */
  robotsLine: string;
  /** Response header; one of the three is enough. */
  header: string;
  /** Element for the head of every page. */
  element: string;
  refuses: PasteUsage[];
}

/** An XMP packet for picture files. */
export interface XmpPaste {
  packet: string;
  /** Argument of exiftool (12.67 or later) that writes the same; null when it has no name for all of it. */
  exiftool: string | null;
  refuses: PasteUsage[];
  /** Of those, the ones that were not asked for: the vocabulary cannot say less. */
  beyond: PasteUsage[];
}

const rslPath = '/license.xml';

/** RSL has a word for indexing by AI beside that for input; who refuses use refuses both. */
const rslWords: Record<PasteUsage, readonly RslUsage[]> = {
  'train-ai': ['ai-train'],
  'ai-use': ['ai-input', 'ai-index'],
  search: ['search'],
};

/**
 * What the owner of a site pastes to refuse these usages by RSL 1.0: our own parser reads it back as `refuses` says,
 * and nothing as allowed or unlicensed.
 *
 * @param origin of the site: `https://example.com`.
 */
export function rslToPaste(asked: readonly PasteUsage[], origin: string): RslPaste | null {
  const usages = pasteUsages.filter((usage) => asked.includes(usage));
  if (usages.length === 0) return null;
  const words = usages.flatMap((usage) => rslWords[usage]);
  const address = new URL(rslPath, origin).href;
  return {
    path: rslPath,
    document: `<?xml version="1.0" encoding="UTF-8"?>
<rsl xmlns="${rslNamespace}">
  <content url="/">
    <license>
      <prohibits type="usage">${words.join(' ')}</prohibits>
    </license>
  </content>
</rsl>
`,
    robotsLine: `License: ${address}`,
    header: `Link: <${address}>; rel="license"; type="${rslMediaType}"`,
    element: `<link rel="license" type="${rslMediaType}" href="${rslPath}">`,
    refuses: usages,
  };
}

/** Keys of plus:DataMining from the narrowest, with all they refuse. */
const dataMining: readonly { key: DataMiningKey; refuses: readonly PasteUsage[] }[] = [
  { key: 'DMI-PROHIBITED-AIMLTRAINING', refuses: ['train-ai'] },
  { key: 'DMI-PROHIBITED', refuses: pasteUsages },
];

/**
 * The XMP to put into picture files to refuse these usages. Training alone is `plus:DataMining`; training and use
 * without search is TDMRep's reservation beside it, because the one value of the vocabulary that spares search also
 * grants it. Null when nothing was asked.
 */
export function xmpToPaste(asked: readonly PasteUsage[]): XmpPaste | null {
  const usages = pasteUsages.filter((usage) => asked.includes(usage));
  if (usages.length === 0) return null;
  const reserves = usages.includes('ai-use') && !usages.includes('search');
  const { key, refuses } = (
    reserves || !usages.some((usage) => usage !== 'train-ai') ? dataMining[0] : dataMining[1]
  ) as (typeof dataMining)[number];
  const said = reserves ? (['train-ai', 'ai-use'] as const) : refuses;
  const value = `${dataMiningVocabulary}${key}`;
  return {
    packet: packetOf(value, reserves),
    exiftool: reserves ? null : `-XMP-plus:DataMining#=${key}`,
    refuses: [...said],
    beyond: said.filter((usage) => !usages.includes(usage)),
  };
}

function packetOf(value: string, reserves: boolean): string {
  const reservation = reserves ? '\n   <tdm:reservation>1</tdm:reservation>' : '';
  const namespace = reserves ? `\n    xmlns:tdm="${tdmNamespaces[0]}"` : '';
  return `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:plus="${plusNamespace}"${namespace}>
   <plus:DataMining>${value}</plus:DataMining>${reservation}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>`;
}
