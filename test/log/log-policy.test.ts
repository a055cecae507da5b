import { describe, expect, test } from 'vitest';
import { formatLogPolicy, parseLogPolicy } from '../../src/log/log-policy.ts';
import { resultOf } from './log.suite.ts';
import { keyVectors, knownKeys } from './vectors.ts';

const [log, next, check] = knownKeys(['log', 'next', 'check']);
const vkey = keyVectors.log.vkey;

describe('policy files', () => {
  test('hold a key and its successor, and the key of check receipts', () => {
    if (!log || !next || !check) throw new Error('keys are missing');
    const policy = {
      logs: [
        { key: log, url: 'https://registry.example/log' },
        { key: next, url: null },
      ],
      checkKeys: [check],
    };
    const text = formatLogPolicy(policy);
    expect(text).toBe(
      `log ${vkey} https://registry.example/log\nlog ${keyVectors.next.vkey}\n#check-key ${keyVectors.check.vkey}\nquorum none\n`,
    );
    expect(parseLogPolicy(text)).toEqual(policy);
  });

  // C2SP tlog-policy, Policy file syntax and structure
  test.each([
    ['only a quorum', 'quorum none\n', 0],
    ['comments and white space', `# ours\n\n \t log \t ${vkey} \n\t# more\nquorum none`, 1],
    ['the quorum first', `quorum none\nlog ${vkey}\n`, 1],
    ['non-ASCII comment', `# für alle\nlog ${vkey}\nquorum none\n`, 1],
  ])('%s', (_, text, logs) => {
    expect(parseLogPolicy(text).logs).toHaveLength(logs);
  });

  test.each([
    ['nothing', ''],
    ['no quorum', `log ${vkey}\n`],
    ['two quorums', 'quorum none\nquorum none\n'],
    ['a witness we do not ask', `log ${vkey}\nwitness w ${keyVectors.witness.vkey}\nquorum w\n`],
    ['a witness, though none is needed', `witness w ${keyVectors.witness.vkey}\nquorum none\n`],
    ['a group', 'group g any w\nquorum none\n'],
    ['another word', 'trust everybody\nquorum none\n'],
    ['one key twice', `log ${vkey}\nlog ${vkey}\nquorum none\n`],
    ['no key', 'log\nquorum none\n'],
    ['a broken key', `log ${vkey.slice(0, -1)}\nquorum none\n`],
    ['too many items', `log ${vkey} https://a.example more\nquorum none\n`],
    ['a check key with more', `#check-key ${vkey} more\nquorum none\n`],
    ['CRLF', `log ${vkey}\r\nquorum none\r\n`],
    ['a control character', `# \u0007\nquorum none\n`],
    ['too long', `#${'a'.repeat(70_000)}\nquorum none\n`],
  ])('refused: %s', async (_, text) => {
    expect(await resultOf(() => parseLogPolicy(text))).toBe('error');
  });

  test('say in which line the fault is', () => {
    expect(() => parseLogPolicy('quorum none\n\nlog x\n')).toThrow(
      expect.objectContaining({ field: 'line 3' }),
    );
  });

  test('are not written with a URL that would be read as something else', async () => {
    if (!log) throw new Error('keys are missing');
    for (const url of ['https://a.example/ b', 'a\nquorum none', 'a\n# b', '']) {
      const policy = { logs: [{ key: log, url }], checkKeys: [] };
      expect(await resultOf(() => formatLogPolicy(policy))).toBe('error');
    }
  });
});
