// What all pages have: head, style, the script that brings new numbers, links.

import { VERSION } from "../../version.ts";
import { Html, type Html as Markup, html, when } from "./html.ts";

export interface Framed {
  readonly title: string;
  /** The way to "/": "" or "../". */
  readonly root: string;
  readonly paused: boolean;
  /** Of the same page, with updates or without. */
  readonly toggle: string;
  readonly nonce: string;
  readonly main: Markup;
}

const STYLE = new Html(`
:root { color-scheme: light dark; --line: #d0d7de; --faint: #57606a; --link: #0550ae; --bad: #b3261e;
  --good: #116329; --chart: #0969da; --paper: #fff; --ink: #1f2328 }
@media (prefers-color-scheme: dark) {
  :root { --line: #3d444d; --faint: #9aa4ae; --link: #79b8ff; --bad: #ff8a80; --good: #7ee787;
    --chart: #58a6ff; --paper: #0d1117; --ink: #e6edf3 }
}
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 84em; padding: 1em 1.5em;
  background: var(--paper); color: var(--ink) }
a { color: var(--link) }
a:focus-visible, input:focus-visible, button:focus-visible, [tabindex]:focus-visible {
  outline: 3px solid var(--chart); outline-offset: 2px }
header { display: flex; flex-wrap: wrap; gap: .3em 1.5em; align-items: baseline }
h1 { font-size: 1.4em; margin: 0; overflow-wrap: anywhere }
h2 { font-size: 1.1em; margin: 1.5em 0 .3em }
nav { display: flex; gap: 1em }
dl { display: flex; flex-wrap: wrap; gap: .5em 2.2em; margin: 1em 0 }
dt { color: var(--faint); font-size: .85em }
dd { margin: 0; font-size: 1.25em; font-variant-numeric: tabular-nums }
footer { margin-top: 1.5em }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: max-content; font-variant-numeric: tabular-nums }
caption { text-align: left; color: var(--faint); padding: .3em 0 }
th, td { padding: .2em .6em; text-align: left; border-bottom: 1px solid var(--line);
  white-space: nowrap }
th[scope=row] { font-weight: 500; white-space: normal; overflow-wrap: anywhere; max-width: 24em }
@media (max-width: 40em) { body { padding: .7em } th[scope=row] { max-width: 11em } }
.n { text-align: right }
.faint { color: var(--faint) }
.bad { color: var(--bad) }
.good { color: var(--good) }
input, button { font: inherit; padding: .15em .5em }
svg { display: block }
polyline { fill: none; stroke: var(--chart); stroke-width: 1.5 }
`);

/** Seconds until the whole page is loaded anew, if there is no script: it takes the focus. */
const RELOAD = 10;
/** Seconds between updates, if webstat has no place for another stream of them. */
const UPDATE = 3;

/**
 * Asks the address of the page for server-sent events, as long as the page is looked at: a browser opens
 * only six connections to a server. Does not touch what the reader is at: neither the focus nor a
 * selection. Only what is in <main> is parsed, as the policy of this page would refuse the style of a
 * new one.
 */
const SCRIPT = new Html(`
const main = document.querySelector("main"), state = document.getElementById("state");
let source, timer;
function show(text) {
  state.textContent = "";
  if (main.contains(document.activeElement) || !getSelection().isCollapsed) return;
  const left = main.querySelector(".scroll")?.scrollLeft ?? 0;
  const fresh = new DOMParser().parseFromString(text, "text/html").body;
  main.replaceChildren(...document.adoptNode(fresh).childNodes);
  main.querySelector(".scroll")?.scrollTo(left, 0);
}
const fail = () => state.textContent = "webstat does not answer: these numbers are old";
async function poll() {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) throw 0;
    show(/<main>([^]*?)<\\/main>/.exec(await answer.text())[1]);
  } catch { fail() }
}
function listen() {
  source?.close();
  clearInterval(timer);
  if (document.hidden) return;
  source = new EventSource(location.href);
  source.onopen = () => state.textContent = "";
  source.onmessage = ({ data }) => show(data);
  source.addEventListener("end", listen);
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) timer = setInterval(poll, ${UPDATE * 1000});
    else fail();
  };
}
document.addEventListener("visibilitychange", listen);
listen();
`);

export function framed({ title, root, paused, toggle, nonce, main }: Framed): Markup {
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>${title}</title>
        <link rel="icon" href="data:,">
        <style nonce="${nonce}">
        ${STYLE}
        </style>
        ${when(!paused, () =>
          html`
            <noscript><meta http-equiv="refresh" content="${RELOAD}"></noscript>
          `)}
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <nav aria-label="Pages">
            <a href="${root || "./"}">Hosts</a> <a href="${root}metrics">/metrics</a>
            <a href="${root}healthz">/healthz</a> <a href="${toggle}">${paused
              ? "Go on"
              : "Pause"}</a>
          </nav>
          <span class="bad" id="state" role="status"></span>
        </header>
        <main>
          ${main}
        </main>
        <footer class="faint">webstat ${VERSION}</footer>
        ${when(!paused, () =>
          html`
            <script nonce="${nonce}">
            ${SCRIPT}
            </script>
          `)}
      </body>
    </html>
  `;
}
