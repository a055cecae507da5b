import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';

const secrets = `a:${btoa('x'.repeat(32))}`;

test('nothing set is development on this machine', () => {
  expect(readConfig({})).toMatchObject({
    origin: 'http://localhost:8787',
    development: true,
    host: '127.0.0.1',
    port: 8787,
    data: './data',
    mail_from: 'withhold@localhost',
  });
});

test('any other origin is production and listens to the outside', () => {
  const config = readConfig({ WITHHOLD_ORIGIN: 'https://withhold.example/', WITHHOLD_SECRETS: secrets });
  expect(config).toMatchObject({ origin: 'https://withhold.example', development: false, host: '0.0.0.0' });
});

test.each(['http://localhost:1', 'http://127.0.0.1:8787', 'http://[::1]:8787', 'http://a.localhost:80'])(
  '%s is development',
  (origin) => {
    expect(readConfig({ WITHHOLD_ORIGIN: origin }).development).toBe(true);
  },
);

test.each<[Record<string, string>, string]>([
  [{ WITHHOLD_ORIGIN: 'nonsense' }, 'WITHHOLD_ORIGIN'],
  [{ WITHHOLD_ORIGIN: 'ftp://localhost' }, 'WITHHOLD_ORIGIN'],
  [{ WITHHOLD_ORIGIN: 'http://withhold.example' }, 'https://'],
  [{ WITHHOLD_ORIGIN: 'https://localhost.example' }, 'WITHHOLD_SECRETS'],
  [{ WITHHOLD_PORT: '70000' }, 'WITHHOLD_PORT'],
  [{ WITHHOLD_LOG_LEVEL: 'loud' }, 'WITHHOLD_LOG_LEVEL'],
])('%j is refused in one sentence that names it', (env, words) => {
  expect(() => readConfig(env)).toThrow(words);
});

test('empty variables count as not set, and lists are split', () => {
  expect(readConfig({ WITHHOLD_PORT: ' ', WITHHOLD_DNS: '1.1.1.1, 8.8.8.8,' })).toMatchObject({
    port: 8787,
    dns: ['1.1.1.1', '8.8.8.8'],
  });
});

test('a local origin is served on its own port', () => {
  expect(readConfig({ WITHHOLD_ORIGIN: 'http://localhost:9000' }).port).toBe(9000);
  expect(readConfig({ WITHHOLD_ORIGIN: 'http://localhost:9000', WITHHOLD_PORT: '8080' }).port).toBe(8080);
  expect(readConfig({}).port).toBe(8787);
});
