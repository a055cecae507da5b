/** Small drawings for the report: plain SVG that reads on light and on dark. */

const style = `<style>text{font:12px system-ui,sans-serif;fill:#1f2328}.g{stroke:#d0d7de}.a{fill:#0969da;stroke:#0969da}.b{fill:#cf222e;stroke:#cf222e}.c{fill:#8c959f;stroke:#8c959f}.l{fill:none;stroke-width:2}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.g{stroke:#30363d}.a{fill:#58a6ff;stroke:#58a6ff}.b{fill:#ff7b72;stroke:#ff7b72}.c{fill:#6e7681;stroke:#6e7681}}</style>`;

const svg = (width: number, height: number, title: string, body: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"><title>${title}</title>${style}${body}</svg>\n`;

const text = (x: number, y: number, words: string, anchor = 'start') =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}">${words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;

/** Horizontal bars of shares, with a thin mark for a second share. */
export function bars(title: string, rows: readonly { name: string; share: number; mark: number }[]): string {
  const [left, width, step] = [230, 380, 18];
  const height = rows.length * step + 50;
  const grid = [0, 20, 40, 60, 80, 100].map((percent) => {
    const x = left + (width * percent) / 100;
    return `<path class="g" d="M${x} 20V${height - 26}"/>${text(x, height - 10, `${percent} %`, 'middle')}`;
  });
  const drawn = rows.map(({ name, share, mark }, i) => {
    const y = 24 + i * step;
    const at = (value: number) => (left + width * value).toFixed(1);
    return (
      `${text(left - 8, y + 11, name, 'end')}<path class="a" stroke="none" d="M${left} ${y}H${at(share)}v12H${left}z"/>` +
      `<path class="b" stroke-width="2" d="M${at(mark)} ${y - 2}v16"/>`
    );
  });
  return svg(left + width + 30, height, title, grid.join('') + drawn.join(''));
}

export interface Line {
  className: 'a' | 'b' | 'c';
  name: string;
  points: readonly (readonly [number, number])[];
}

/** Lines over distances or counts; `y` is already on the scale it is drawn on. */
export function lines(
  title: string,
  axes: {
    x: [number, number];
    y: [number, number];
    xTicks: number[];
    yTicks: [number, string][];
    xName: string;
  },
  drawn: readonly Line[],
): string {
  const [left, top, width, height] = [70, 16, 520, 260];
  const atX = (value: number) => left + (width * (value - axes.x[0])) / (axes.x[1] - axes.x[0]);
  const atY = (value: number) => top + height - (height * (value - axes.y[0])) / (axes.y[1] - axes.y[0]);
  const gridX = axes.xTicks.map(
    (tick) =>
      `<path class="g" d="M${atX(tick)} ${top}v${height}"/>${text(atX(tick), top + height + 18, String(tick), 'middle')}`,
  );
  const gridY = axes.yTicks.map(
    ([tick, name]) =>
      `<path class="g" d="M${left} ${atY(tick)}h${width}"/>${text(left - 6, atY(tick) + 4, name, 'end')}`,
  );
  const curves = drawn.map(({ className, points }) => {
    const path = points
      .map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${atX(x).toFixed(1)} ${atY(y).toFixed(1)}`)
      .join('');
    return `<path class="${className} l" fill="none" style="fill:none" d="${path}"/>`;
  });
  const legend = drawn.map(
    ({ className, name }, i) =>
      `<path class="${className}" stroke-width="3" d="M${left + 10} ${top + 14 + i * 18}h24"/>${text(left + 40, top + 18 + i * 18, name)}`,
  );
  const name = text(left + width / 2, top + height + 38, axes.xName, 'middle');
  return svg(
    left + width + 30,
    top + height + 50,
    title,
    [...gridX, ...gridY, ...curves, ...legend, name].join(''),
  );
}
