// The paths of the server: /metrics for Prometheus, /healthz for monitoring, / for people.

import { PAGE_FORMATS, type PageFormat } from "../outputs/page_format.ts";
import { VERSION } from "../version.ts";
import { acceptsGzip, preferredOffer } from "./accept.ts";
import { answer, type Handler, type WebAnswer, type WebRequest } from "./web_messages.ts";
import { SharedPage } from "./shared_page.ts";

/** What the server shows. */
export interface Pages {
  /** The page of /metrics. */
  metrics(format: PageFormat): Promise<Uint8Array<ArrayBuffer>>;
  /** Null while packets can be read, else one line that says why not. */
  unhealthy(): string | null;
}

type Route = (request: WebRequest) => WebAnswer | Promise<WebAnswer>;

/** `clients`: how many wait for an answer or read one. */
export function routes(pages: Pages, clients: () => number): Handler {
  const page = new SharedPage((format: PageFormat) => pages.metrics(format), clients);
  const known = new Map<string, Route>([
    ["/", () => HOME],
    ["/metrics", (request) => metrics(request, page)],
    ["/healthz", () => health(pages.unhealthy())],
  ]);
  return (request) => {
    const route = known.get(request.path);
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
  shared: SharedPage<PageFormat>,
): Promise<WebAnswer> {
  try {
    const format = preferredOffer(fields.get("accept") ?? "", PAGE_FORMATS);
    const page = await shared.get(format);
    const { contentType } = PAGE_FORMATS[format];
    const type = { "content-type": contentType, vary: "accept, accept-encoding" };
    return acceptsGzip(fields.get("accept-encoding") ?? "")
      ? answer(200, page.packed, { ...type, "content-encoding": "gzip" })
      : answer(200, page.plain, type);
  } catch (error) {
    return answer(503, (error instanceof Error ? error.message : String(error)) + "\n");
  }
}

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
