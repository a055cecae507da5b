/** Makes an element with properties and children; text stays text. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** The element a page promises to have. @throws when page and script do not belong together. */
export function need<Type extends HTMLElement>(root: ParentNode, selector: string): Type {
  const found = root.querySelector<Type>(selector);
  if (found === null) throw new Error(`the page has no ${selector}`);
  return found;
}
