import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Sites of this machine, each an address of 127.0.0.0/8, in a process of their own. */
const file = `User-agent: *\nDisallow: /private/\n\nUser-agent: GPTBot\nDisallow: /art/\n${'# a line that says nothing\n'.repeat(60)}`;

const server = createServer((request, response) => {
  const last = Number((request.headers.host ?? '').split(':')[0]?.split('.')[3] ?? 0);
  const body = request.url === '/robots.txt' && last % 4 !== 0 ? `${file}# ${request.headers.host}\n` : null;
  if (body === null) response.writeHead(404).end('not here');
  else response.writeHead(200, { 'Content-Type': 'text/plain' }).end(body);
});
server.listen({ port: 0, host: '0.0.0.0', backlog: 4_096 }, () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.on('disconnect', () => process.exit());
