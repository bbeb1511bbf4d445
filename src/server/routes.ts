// The paths of the server: /metrics for Prometheus, /healthz for monitoring, / and /host/NAME for people.

import { PAGE_FORMATS, type PageFormat } from "../outputs/page_format.ts";
import { copied, type Encode, gzipped } from "../outputs/page_encoding.ts";
import type { HtmlPage } from "../outputs/page/web_page.ts";
import { VERSION } from "../version.ts";
import { acceptsGzip, preferredOffer } from "./accept.ts";
import { answer, type Handler, type WebAnswer, type WebRequest } from "./web_messages.ts";
import { pageUpdates } from "./page_updates.ts";
import { SharedPage } from "./shared_page.ts";

/** What the server shows. */
export interface Pages {
  /** The page of /metrics, as `encode` makes it of its bytes. */
  metrics(format: PageFormat, encode: Encode): Promise<Uint8Array<ArrayBuffer>>;
  /** The page for people at "/" or "/host/NAME", with a query string; null if there is none. */
  readonly html?: ((path: string, query: string) => Promise<HtmlPage>) | null;
  /** Null while packets can be read, else one line that says why not. */
  unhealthy(): string | null;
}

/** The parts of the main thread's time in which /metrics may be rendered, and pages for people. */
const METRICS_SHARE = 3 / 8;
const PEOPLE_SHARE = 1 / 8;

/** What is rendered: /metrics in a format, or the page at a path. */
type Rendered = PageFormat | `/${string}?${string}`;

const ENCODINGS = { identity: copied, gzip: gzipped } as const satisfies Record<string, Encode>;

type Encoding = keyof typeof ENCODINGS;

/** And how it is sent. */
type Asked = `${Encoding} ${Rendered}`;

type Route = (request: WebRequest) => WebAnswer | Promise<WebAnswer>;

/** `clients`: how many wait for an answer or read one. */
export function routes(pages: Pages, clients: () => number): Handler {
  const { html = null } = pages;
  const heads = new WeakMap<Uint8Array, HtmlPage>();
  const render = async (asked: Asked) => {
    const at = asked.indexOf(" ");
    const encode = ENCODINGS[asked.slice(0, at) as Encoding];
    const what = asked.slice(at + 1);
    if (html === null || !isPath(what)) return await pages.metrics(what as PageFormat, encode);
    const queryAt = what.indexOf("?");
    const page = await html(what.slice(0, queryAt), what.slice(queryAt + 1));
    const body = encode(page.body);
    heads.set(body, page);
    return body;
  };
  // A scrape must not wait for pages that people ask for: there are as many as query strings.
  const scraped = new SharedPage(render, clients, METRICS_SHARE);
  const looked = new SharedPage(render, clients, PEOPLE_SHARE);
  const forPeople = (request: WebRequest) => htmlPage(request, looked, heads);
  const known = new Map<string, Route>([
    ["/", html === null ? () => HOME : forPeople],
    ["/metrics", (request) => metrics(request, scraped)],
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
  shared: SharedPage<Asked>,
): Promise<WebAnswer> {
  const format = preferredOffer(fields.get("accept") ?? "", PAGE_FORMATS);
  const encoding = encodingFor(fields);
  return await orReason(async () => {
    const body = await shared.get(`${encoding} ${format}`);
    return answer(200, body, headOf(PAGE_FORMATS[format].contentType, encoding));
  });
}

/** What a path of the page for people is asked for: the page, or what becomes of it. */
const HTML_FORMATS = {
  page: { mediaType: "text/html", parameters: {} },
  updates: { mediaType: "text/event-stream", parameters: {} },
} as const;

async function htmlPage(
  { method, path, query, fields }: WebRequest,
  shared: SharedPage<Asked>,
  heads: WeakMap<Uint8Array, HtmlPage>,
): Promise<WebAnswer> {
  const encoding = encodingFor(fields);
  const render = async (as: Encoding) => {
    const body = await shared.get(`${as} ${path as "/"}?${query}`);
    return { ...heads.get(body)!, body };
  };
  const format = preferredOffer(fields.get("accept") ?? "", HTML_FORMATS);
  if (format === "updates" && method === "GET") {
    const stream = answer(200, "", headOf(HTML_FORMATS.updates.mediaType, "identity"));
    const main = async () => (await render("identity")).main;
    return { ...stream, updates: (over) => pageUpdates(main, over) };
  }
  return await orReason(async () => {
    const { body, status, nonce } = await render(encoding);
    return answer(status, body, {
      "content-security-policy": policy(nonce),
      "referrer-policy": "no-referrer",
      ...headOf("text/html; charset=utf-8", encoding),
    });
  });
}

const encodingFor = (fields: WebRequest["fields"]): Encoding =>
  acceptsGzip(fields.get("accept-encoding") ?? "") ? "gzip" : "identity";

const headOf = (type: string, encoding: Encoding): Record<string, string> => ({
  "content-type": type,
  vary: "accept, accept-encoding",
  ...encoding === "identity" ? {} : { "content-encoding": encoding },
});

const isPath = (what: string): boolean => what.startsWith("/");

/** Nothing but the page's own style and script, which asks this server for new numbers. */
function policy(nonce: string): string {
  const own = ["style-src", "script-src"].map((what) => `${what} 'nonce-${nonce}'`).join("; ");
  return `default-src 'none'; ${own}; connect-src 'self'; form-action 'self'; img-src data:; ` +
    "base-uri 'none'; frame-ancestors 'none'";
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
