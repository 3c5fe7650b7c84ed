// The style of all elements. Hosts set the custom properties; nothing of a host's own style comes in.

const CSS = `
:host { display: block !important; color-scheme: light dark; }
:host([hidden]) { display: none !important; }
:host([theme="light"]) { color-scheme: light !important; }
:host([theme="dark"]) { color-scheme: dark !important; }
.root {
  all: initial;
  color-scheme: inherit;
  --bg: var(--bailee-bg, light-dark(#f6f7f9, #14161a));
  --surface: var(--bailee-surface, light-dark(#ffffff, #1d2026));
  --fg: var(--bailee-fg, light-dark(#1b1f24, #e8eaed));
  --muted: var(--bailee-muted, light-dark(#56606b, #a5adb8));
  --border: var(--bailee-border, light-dark(#7d8793, #6f7a87));
  --line: color-mix(in srgb, var(--border) 40%, transparent);
  --accent: var(--bailee-accent, light-dark(#1f5fbf, #8ab4f8));
  --on-accent: var(--bailee-on-accent, light-dark(#ffffff, #10151d));
  --danger: var(--bailee-danger, light-dark(#b3261e, #f2b8b5));
  --on-danger: light-dark(#ffffff, #3b0d0a);
  --success: var(--bailee-success, light-dark(#17693b, #7fd39d));
  --warning: var(--bailee-warning, light-dark(#7a4d00, #f0c674));
  --focus: var(--bailee-focus, light-dark(#0b57d0, #a8c7fa));
  --radius: var(--bailee-radius, 10px);
  --gap: var(--bailee-gap, 16px);
  display: block;
  font: 1rem/1.5 var(--bailee-font, system-ui, sans-serif);
  color: var(--fg);
  background: var(--bg);
  text-align: start;
  overflow-wrap: anywhere;
  scroll-padding-block: 5rem;
}
.root *, .root *::before, .root *::after { box-sizing: border-box; }
h1, h2, h3, p, ul, ol, dl, dd, fieldset, legend { margin: 0; padding: 0; border: 0; min-inline-size: 0; }
h1 { font-size: 1.75rem; line-height: 1.25; }
h1[tabindex], h2[tabindex] { inline-size: fit-content; }
h2 { font-size: 1.125rem; line-height: 1.4; }
h3 { font-size: 1rem; }
ul, ol { list-style: none; }
a { color: var(--accent); min-block-size: 24px; }
.strong { font-weight: 600; }
.muted { color: var(--muted); }
.small { font-size: .875rem; }
.row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.spread { display: flex; flex-wrap: wrap; gap: 8px var(--gap); align-items: center; justify-content: space-between; }
.stack { display: grid; gap: var(--gap); }
.stack.tight { gap: 8px; }
.hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
button, .button {
  display: inline-flex; align-items: center; justify-content: center; gap: 6px;
  min-block-size: 44px; min-inline-size: 44px; padding: 8px 16px;
  font: inherit; color: var(--fg); background: var(--surface); text-decoration: none;
  border: 1px solid var(--border); border-radius: var(--radius); cursor: pointer;
}
button:hover { border-color: var(--fg); }
button.primary { color: var(--on-accent); background: var(--accent); border-color: var(--accent); }
button.danger { color: var(--danger); border-color: var(--danger); }
button.danger.primary { color: var(--on-danger); background: var(--danger); }
button.quiet { border-color: transparent; background: transparent; padding: 8px; }
button.link { text-decoration: underline; }
button[aria-disabled="true"] { opacity: .7; cursor: progress; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
[tabindex="-1"]:focus-visible { outline-offset: 4px; }
input, select, textarea {
  font: inherit; color: var(--fg); background: var(--surface); inline-size: 100%; min-block-size: 44px; padding: 8px 12px;
  border: 1px solid var(--border); border-radius: var(--radius);
}
input[type="checkbox"], input[type="radio"] { inline-size: 24px; min-block-size: 24px; block-size: 24px; margin: 0; accent-color: var(--accent); flex: none; }
input[role="switch"] { appearance: none; inline-size: 44px; border-radius: 12px; position: relative; background: var(--surface); border: 2px solid var(--border); padding: 0; cursor: pointer; }
input[role="switch"]::before { content: ""; position: absolute; inset-block: 2px; inset-inline-start: 2px; inline-size: 16px; border-radius: 8px; background: var(--border); transition: inset-inline-start .15s; }
input[role="switch"]::after { content: ""; position: absolute; inset: -12px -2px; }
input[role="switch"]:checked { background: var(--accent); border-color: var(--accent); }
input[role="switch"]:checked::before { inset-inline-start: 22px; background: var(--on-accent); }
label.choice { display: flex; gap: 12px; align-items: start; padding-block: 10px; cursor: pointer; }
.field { display: grid; gap: 4px; }
[aria-invalid="true"] { border-color: var(--danger); border-width: 2px; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); padding: var(--gap); }
.row > label.choice { align-items: center; padding-block: 8px; }
.row > label.choice:last-child { margin-inline-start: auto; }
.row > details[open] { flex-basis: 100%; }
summary { display: inline-flex; align-items: center; gap: 6px; min-block-size: 44px; cursor: pointer; text-decoration: underline; }
details[open] > summary > .icon { rotate: 90deg; }
.tools { columns: 16rem; }
dialog > * + * { margin-block-start: 16px; }
.badge { display: inline-flex; align-items: center; gap: 6px; padding: 2px 10px; border-radius: 999px; border: 1px solid currentColor; font-size: .875rem; }
.badge.valid { color: var(--success); }
.badge.invalid { color: var(--danger); }
.badge.unknown { color: var(--warning); }
.note { border-inline-start: 4px solid var(--warning); padding: 8px 12px; }
.note.danger { border-color: var(--danger); }
.note.success { border-color: var(--success); }
.icon { inline-size: 16px; block-size: 16px; flex: none; }
:dir(rtl) > .icon.chevron, .icon.chevron:dir(rtl) { transform: scaleX(-1); }
.block { display: block; }
.end { justify-content: end; }
.scroll { max-block-size: 16rem; overflow: auto; }
.agents { padding-inline-start: 36px; }
.agents label.choice { align-items: center; }
.lines > li { padding-block: 12px; border-block-start: 1px solid var(--line); }
.lines.first > li:first-child { border: 0; padding-block-start: 0; }
.chips { display: flex; flex-wrap: wrap; gap: 4px 8px; }
.chips > li { padding: 0 8px; border: 1px solid var(--line); border-radius: 6px; }
.problem { color: var(--danger); }
a.target { display: inline-flex; align-items: center; min-block-size: 44px; }
.setting { display: grid; grid-template-columns: 1fr auto; gap: 4px 16px; align-items: start; }
.setting > label { font-weight: 600; min-block-size: 44px; display: flex; align-items: center; cursor: pointer; }
.setting > .detail { grid-column: 1; display: grid; gap: 4px; justify-items: start; }
.setting > input { margin-block: 10px; }
.avatar { inline-size: 32px; block-size: 32px; flex: none; border-radius: 50%; border: 1px solid var(--line); display: grid; place-items: center; font-size: .75rem; color: var(--muted); }
.skeleton { block-size: 8rem; border-radius: var(--radius); border: 1px solid var(--line); background: var(--surface); animation: breathe 1.5s ease-in-out infinite alternate; }
@keyframes breathe { to { opacity: .5; } }
dialog {
  color: var(--fg); background: var(--surface); border: 1px solid var(--border); border-radius: var(--radius);
  padding: 24px; inline-size: min(36rem, 100vi - 32px); max-block-size: calc(100vb - 32px); overflow: auto; margin: auto;
}
dialog::backdrop { background: rgb(0 0 0 / .5); }
.toasts { position: fixed; inset-block-end: 16px; inset-inline: 16px; display: grid; justify-items: center; pointer-events: none; z-index: 1; }
.said { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
.toast { pointer-events: auto; display: flex; align-items: center; gap: 12px; padding-inline-start: 16px; color: var(--bg); background: var(--fg); border-radius: var(--radius); max-inline-size: 36rem; }
.root:has(dialog) .toast { visibility: hidden; }
.toast > span { padding-block: 8px; }
.toast button { color: inherit; }
.toast button:focus-visible { outline-color: currentColor; outline-offset: -4px; }
@media (max-width: 480px) { dialog { inline-size: calc(100vi - 16px); padding: 16px; } .row > button { flex: 1 1 auto; } .row > label.choice:last-child { margin: 0; } }
@media (prefers-contrast: more) { .root { --muted: var(--fg); --border: var(--fg); --line: var(--fg); } }
@media (prefers-reduced-motion: reduce) { .root *, .root *::before { animation: none !important; transition: none !important; } }
@media (forced-colors: active) {
  .badge, .card, .toast, .skeleton { border: 1px solid CanvasText; }
  .toast { color: CanvasText; background: Canvas; }
  button.primary, button.danger.primary { color: ButtonText; background: ButtonFace; }
  input[role="switch"]::before { background: CanvasText; }
  input[role="switch"]:checked { background: Highlight; }
}
`;

/** @type {CSSStyleSheet | undefined} */
let shared;

/** The one sheet that all elements adopt. */
export function sheet() {
  if (!shared) {
    shared = new CSSStyleSheet();
    shared.replaceSync(CSS);
  }
  return shared;
}
