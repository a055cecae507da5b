import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addKey } from '../../src/actions/keys.ts';
import { deliverLetters } from '../../src/actions/letters.ts';
import { readConfig } from '../../src/config.ts';
import type { Deps } from '../../src/deps.ts';
import type { OptOutView } from '../../src/http/schemas.ts';
import { startService } from '../../src/node.ts';
import { random } from '../../src/open.ts';
import { currentStatement } from '../../src/opt-outs/statement.ts';
import { newSecret } from '../../src/secrets.ts';

/** The client asks more in a minute than a real key may. */
const limitScale = 100;

export interface Registry {
  url: string;
  /** A key with this scope, in plain text. */
  key(scope: string): Promise<string>;
  deps: Deps;
  /** Opts addresses out, confirms them and proves their hosts by DNS. */
  optOut(subjects: readonly { kind: string; value: string }[]): Promise<{ withdraw(): Promise<void> }>;
  close(): Promise<void>;
}

/** A registry in production mode (keys are asked for) whose DNS is a table and for whom no site answers. */
export async function startRegistry(): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-interop-'));
  const txt = new Map<string, string>();
  const letters: string[] = [];
  const config = readConfig({
    WITHHOLD_ORIGIN: 'https://registry.example',
    WITHHOLD_SECRETS: newSecret('interop', random),
    WITHHOLD_DATA: folder,
    WITHHOLD_HOST: '127.0.0.1',
    WITHHOLD_PORT: '0',
    WITHHOLD_LOG_LEVEL: 'error',
  });
  const service = await startService(config, {
    limitScale,
    mail: async ({ text }) => {
      letters.push(text);
    },
    resolver: {
      resolve: async () => [],
      resolveTxt: async (name) => (txt.has(name) ? [[txt.get(name) ?? '']] : []),
    },
  });

  const call = async <T>(path: string, json: unknown, session?: string): Promise<T> => {
    const response = await fetch(`${service.url}${path}`, {
      method: json === undefined ? 'GET' : 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(session === undefined ? {} : { Authorization: `Bearer ${session}` }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };

  return {
    url: service.url,
    deps: service.deps,
    key: async (scope) => (await addKey(service.deps, { consumer: 'Interop', scopes: [scope] })).key,
    async optOut(subjects) {
      const { id } = await call<{ id: string }>('/v1/opt-outs', {
        ...{ name: 'Ada Example', email: 'ada@example.com', role: 'owner', affirmed: true },
        ...{ statement: currentStatement.version, usages: { 'train-ai': 'disallow' }, subjects },
      });
      await deliverLetters(service.deps);
      const token = /\/confirm\/([A-Za-z0-9_-]+)/.exec(letters.at(-1) ?? '')?.[1];
      const { token: session } = await call<{ token: string }>('/v1/confirmations', { token });
      const { optOuts } = await call<{ optOuts: OptOutView[] }>('/v1/opt-outs', undefined, session);
      for (const proof of optOuts.flatMap(({ proofs }) => proofs)) {
        txt.set(proof.dns.name, proof.dns.value);
        await call(`/v1/proofs/${proof.host}/check`, {}, session);
      }
      return {
        withdraw: async () => {
          await call(`/v1/opt-outs/${id}/withdraw`, {}, session);
        },
      };
    },
    async close() {
      await service.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
