/** The commands and lines of code the pages show. They are run as they stand, so they are not for translation. */

export const askOne = (origin: string) =>
  `curl '${origin}/v1/check?url=https://example.com/gallery/dusk.jpg&agent=GPTBot&usage=train-ai'`;

export const askMany = (origin: string) =>
  `curl '${origin}/v1/check' \\
  -H 'Authorization: Bearer YOUR_KEY' \\
  -H 'Content-Type: application/json' \\
  -d '{
    "agent": "GPTBot",
    "usage": "train-ai",
    "items": [
      { "id": "1", "url": "https://example.com/gallery/dusk.jpg" },
      { "id": "2", "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }
    ]
  }'`;

export const filterFile = (origin: string) =>
  `npx withhold filter data.csv --server ${origin} --out decisions.csv`;

export const spawning = (origin: string) =>
  `curl '${origin}/api/v2/query/urls/' \\
  -H 'Authorization: API YOUR_KEY' \\
  --data-binary $'https://example.com/a.jpg\\nhttps://example.com/b.jpg'`;

export const stopBot = 'User-agent: WithholdBot\nDisallow: /';

export const botAgent = (origin: string) => `WithholdBot/1 (+${origin}/bot)`;
export const botToken = 'WithholdBot';
