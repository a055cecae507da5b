import type { Slip } from './statement.ts';

/** Longest directive that is looked at for what it might mean. */
const directiveLengthMax = 100;

const noai = /^no[\s_-]*(?:ai|a\.i\.)(?:[\s_-]*(?:training|train|use|index|bots?))?$/;
const noimageai =
  /^no[\s_-]*(?:image|img|images)[\s_-]*(?:ai|a\.i\.)$|^no[\s_-]*ai[\s_-]*(?:image|images|img)$/;
const noml = /^no[\s_-]*(?:ml|machine[\s_-]*learning)$/;
const elsewhere = /^(?:train-ai|ai-use)\s*=/;
const signals = /^(?:ai-train|ai-input)\s*=/;

/** What was probably meant by a directive that speaks about nothing known, or null. */
export function directiveSlip(words: string): Slip | null {
  const text = words.toLowerCase().slice(0, directiveLengthMax).trim();
  const says = `"${words.slice(0, directiveLengthMax)}" says nothing`;
  const [, name, value] = /^(noai|noimageai|noml|noarchive|nocache)\s*[=:]\s*(.*)$/s.exec(text) ?? [];
  if (name !== undefined) {
    const off = /^(?:n|no|false|0|off)$/.test(value ?? '');
    const fix = off ? `leave it out if nothing is refused, or write \`${name}\`` : `write \`${name}\``;
    return { message: `${says}: \`${name}\` takes no value`, fix };
  }
  if (elsewhere.test(text)) {
    return {
      message: `${says} here: it belongs in Content-Usage`,
      fix: `send \`Content-Usage: ${text.replace(/\s/g, '')}\``,
    };
  }
  if (signals.test(text)) {
    return {
      message: `${says} here: it belongs in a Content-Signal line of robots.txt`,
      fix: 'write `noai`, or put the line into robots.txt',
    };
  }
  if (/^(?:x-)?tdm-reservation\b/.test(text)) {
    return { message: `${says} here: it is a header of its own`, fix: 'send `tdm-reservation: 1`' };
  }
  if (noimageai.test(text)) return { message: says, fix: 'write `noimageai`' };
  if (noai.test(text)) return { message: says, fix: 'write `noai`' };
  if (noml.test(text)) return { message: says, fix: 'write `noml`' };
  if (/\s/.test(text) && /\bno(?:ai|imageai|ml)\b/.test(text)) {
    return {
      message: `${says}: directives are parted by ","`,
      fix: `write \`${text.split(/[\s;]+/).join(', ')}\``,
    };
  }
  if (/^noai\b|\bnoai$/.test(text)) return { message: says, fix: 'write `noai`' };
  return null;
}
