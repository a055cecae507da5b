/** The frame around what the OpenAPI document says. */
export const docs = {
  title: 'API documentation',
  lead: 'Version {version}. The whole description for machines is {openapi}.',
  openapi: 'openapi.json',
  contents: 'Contents',
  schemas: 'Schemas',
  other: 'Other routes',
  authenticated: 'Needs a key: `Authorization: Bearer …`',
  parameters: 'Parameters',
  body: 'Request body',
  responses: 'Responses',
  example: 'Example',
  request: 'Request',
  answer: 'Answer',
  name: 'Name',
  type: 'Type',
  meaning: 'Meaning',
  status: 'Status',
  content: 'Content',
  required: 'required',
  values: 'One of',
  in: { query: 'query', path: 'path', header: 'header', cookie: 'cookie' },
  default: 'Default',
  characters: {
    between: (least: number, most: number) => `${group(least)} to ${group(most)} characters`,
    least: (n: number) => `at least ${group(n)} characters`,
    most: (n: number) => `at most ${group(n)} characters`,
  },
  items: {
    between: (least: number, most: number) => `${group(least)} to ${group(most)} items`,
    least: (n: number) => `at least ${group(n)} items`,
    most: (n: number) => `at most ${group(n)} items`,
  },
  numbers: {
    between: (least: number, most: number) => `${group(least)} to ${group(most)}`,
    least: (n: number) => `at least ${group(n)}`,
    most: (n: number) => `at most ${group(n)}`,
  },
  arrayOf: 'array of',
  or: 'or',
  mapOf: 'map to',
  scrollable: (what: string) => `${what}, scrolls sideways`,
};

function group(value: number): string {
  return value.toLocaleString('en-GB');
}
