/**
 * Why a cell with something in it cannot be asked about as a URL, as a clause to follow the row; undefined when it can.
 *
 * @param value the cell without blanks around it, ill-formed UTF-8 read as U+FFFD.
 * @param lengthMax longest URL that is asked about, in UTF-16 units.
 */
export function urlFault(field: 'url' | 'page_url', value: string, lengthMax: number): string | undefined {
  if (value.length > lengthMax) return `has a ${field} longer than ${lengthMax} characters`;
  if (value.includes('\ufffd')) return `has a ${field} that is not UTF-8`;
  if (!/^https?:/i.test(value) || !URL.canParse(value)) return `has a ${field} that is no http or https URL`;
  return undefined;
}
