/** Pictures of the panel's launchers, as SVG. */

export const GLOBE_ICON = svg(`<circle cx="24" cy="24" r="20" fill="#3b82f6"/>
<g fill="none" stroke="#fff" stroke-width="2.5"><circle cx="24" cy="24" r="20"/><ellipse cx="24" cy="24" rx="9" ry="20"/>
<path d="M4 24h40M7 14h34M7 34h34"/></g>`);

export const TERMINAL_ICON =
  svg(`<rect x="4" y="7" width="40" height="34" rx="5" fill="#300a24" stroke="#cfc4d6" stroke-width="2.5"/>
<g fill="none" stroke="#fff" stroke-width="3.5"><path d="M11 17l8 7-8 7"/><path d="M22 32h13"/></g>`);

export const EDITOR_ICON = svg(`<rect x="8" y="4" width="32" height="40" rx="4" fill="#f5f2f7"/>
<path d="M14 14h20M14 21h20M14 28h12" stroke="#8a7a96" stroke-width="3"/>
<path d="M25 40l2-8 13-13 6 6-13 13z" fill="#f5a623" stroke="#7a4b00" stroke-width="1.5"/>`);

function svg(shapes: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 48 48">${shapes}</svg>\n`;
}
