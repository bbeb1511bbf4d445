// The paths of the server: /metrics for Prometheus, /healthz for monitoring, / and /host/NAME for people.

import { PAGE_FORMATS, type PageFormat } from "../outputs/page_format.ts";
import type { HtmlPage } from "../outputs/page/web_page.ts";
import { VERSION } from "../version.ts";
import { acceptsGzip, preferredOffer } from "./accept.ts";
import { answer, type Handler, type WebAnswer, type WebRequest } from "./web_messages.ts";
import { pageUpdates } from "./page_updates.ts";
import { type Page, SharedPage } from "./shared_page.ts";

/** What the server shows. */
export interface Pages {
  /** The page of /metrics. */
  metrics(format: PageFormat): Promise<Uint8Array<ArrayBuffer>>;
  /** The page for people at "/" or "/host/NAME", with a query string; null if there is none. */
  readonly html?: ((path: string, query: string) => Promise<HtmlPage>) | null;
  /** Null while packets can be read, else one line that says why not. */
  unhealthy(): string | null;
}

/** What is rendered: /metrics in a format, or the page at a path. */
type Rendered = PageFormat | `/${string}?${string}`;

type Route = (request: WebRequest) => WebAnswer | Promise<WebAnswer>;

/** `clients`: how many wait for an answer or read one. */
export function routes(pages: Pages, clients: () => number): Handler {
  const { html = null } = pages;
  const heads = new WeakMap<Uint8Array, HtmlPage>();
  const render = async (what: Rendered) => {
    if (html === null || !isPath(what)) return await pages.metrics(what as PageFormat);
    const queryAt = what.indexOf("?");
    const page = await html(what.slice(0, queryAt), what.slice(queryAt + 1));
    heads.set(page.body, page);
    return page.body;
  };
  const shared = new SharedPage(render, clients);
  const forPeople = (request: WebRequest) => htmlPage(request, shared, heads);
  const known = new Map<string, Route>([
    ["/", html === null ? () => HOME : forPeople],
    ["/metrics", (request) => metrics(request, shared)],
    ["/healthz", () => health(pages.unhealthy())],
  ]);
  return (request) => {
    const isHost = html !== null && request.path.startsWith("/host/");
    const route = isHost ? forPeople : known.get(request.path);
    if (route === undefined) return answer(404, "Not found. There is /metrics.\n");
    if (request.method !== "GET" && request.method !== "HEAD") {
      return answer(405, "Only GET and HEAD are answered.\n", { allow: "GET, HEAD" });
    }
    return route(request);
  };
}

function health(reason: string | null): WebAnswer {
  return reason === null ? answer(200, "ok\n") : answer(503, reason + "\n");
}

async function metrics(
  { fields }: WebRequest,
  shared: SharedPage<Rendered>,
): Promise<WebAnswer> {
  const format = preferredOffer(fields.get("accept") ?? "", PAGE_FORMATS);
  const { contentType } = PAGE_FORMATS[format];
  const head = { "content-type": contentType, ...VARY };
  return await orReason(async () => packed(fields, 200, await shared.get(format), head));
}

/** What a path of the page for people is asked for: the page, or what becomes of it. */
const HTML_FORMATS = {
  page: { mediaType: "text/html", parameters: {} },
  updates: { mediaType: "text/event-stream", parameters: {} },
} as const;

async function htmlPage(
  { method, path, query, fields }: WebRequest,
  shared: SharedPage<Rendered>,
  heads: WeakMap<Uint8Array, HtmlPage>,
): Promise<WebAnswer> {
  const render = async () => {
    const page = await shared.get(`${path as "/"}?${query}`);
    return { page, ...heads.get(page.plain)! };
  };
  const format = preferredOffer(fields.get("accept") ?? "", HTML_FORMATS);
  if (format === "updates" && method === "GET") {
    const stream = answer(200, "", { "content-type": HTML_FORMATS.updates.mediaType, ...VARY });
    const main = async () => (await render()).main;
    return { ...stream, updates: (over) => pageUpdates(main, over) };
  }
  return await orReason(async () => {
    const { page, status, nonce } = await render();
    return packed(fields, status, page, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy(nonce),
      "referrer-policy": "no-referrer",
      ...VARY,
    });
  });
}

const VARY = { vary: "accept, accept-encoding" };

const isPath = (what: string): boolean => what.startsWith("/");

/** Nothing but the page's own style and script, which asks this server for new numbers. */
function policy(nonce: string): string {
  const own = ["style-src", "script-src"].map((what) => `${what} 'nonce-${nonce}'`).join("; ");
  return `default-src 'none'; ${own}; connect-src 'self'; form-action 'self'; img-src data:; ` +
    "base-uri 'none'; frame-ancestors 'none'";
}

function packed(
  fields: WebRequest["fields"],
  status: number,
  page: Page,
  head: Readonly<Record<string, string>>,
): WebAnswer {
  return acceptsGzip(fields.get("accept-encoding") ?? "")
    ? answer(status, page.packed, { ...head, "content-encoding": "gzip" })
    : answer(status, page.plain, head);
}

/** 503 with the reason if there is no page. */
async function orReason(make: () => Promise<WebAnswer>): Promise<WebAnswer> {
  try {
    return await make();
  } catch (error) {
    return answer(503, (error instanceof Error ? error.message : String(error)) + "\n");
  }
}

/** Instead of the page. */
const HOME = answer(
  200,
  `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>webstat</title>
<style>body { font: 1em/1.5 sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em }</style>
<h1>webstat ${VERSION}</h1>
<p>Watches the network traffic of this machine and tells which web hosts it talks to, how often,
how fast and how much.</p>
<ul>
<li><a href="metrics">/metrics</a>: for Prometheus</li>
<li><a href="healthz">/healthz</a>: answers 200 while packets can be read</li>
</ul>
</html>
`,
  { "content-type": "text/html; charset=utf-8" },
);
