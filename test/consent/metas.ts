/** The meta elements of a vector's page: enough HTML for the vectors, whose pages are short and well formed. */
export function metasOf(html: string): { name: string; content: string }[] {
  const elements = html.replaceAll(/<!--.*?-->|<script.*?<\/script>/gis, '').match(/<meta\b[^>]*>/gi) ?? [];
  return elements.flatMap((element) => {
    const [name, content] = ['name', 'content'].map((key) =>
      new RegExp(`\\s${key}=(?:"([^"]*)"|'([^']*)'|([^\\s>"']+))`, 'i').exec(element),
    );
    if (!name || !content) return [];
    const value = (match: RegExpExecArray) => match[1] ?? match[2] ?? match[3] ?? '';
    return [{ name: value(name), content: value(content) }];
  });
}
