// The HTTP server: /metrics for Prometheus, /healthz for whoever watches over webstat, and a page
// for people. It never looks at the Host header: links are relative.

import { gzipSync } from "node:zlib";
import { UserError } from "../errors.ts";
import { CONTENT_TYPE } from "./exposition.ts";
import { VERSION } from "../version.ts";

/** Where to listen. */
export interface ListenAddress {
  /** A name or an address, without brackets; "" for all addresses. */
  readonly hostname: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** What the server shows. */
export interface Pages {
  /** The page of /metrics, in UTF-8. */
  metrics(): Promise<Uint8Array<ArrayBuffer>>;
  /** Null while packets can be read, else one line that says why not. */
  unhealthy(): string | null;
}

export interface MetricsServer {
  /** Where /metrics is, with the port that was really taken. */
  readonly url: string;
  /** Stops at once, in the middle of answers too. */
  close(): Promise<void>;
}

/** Serves `pages`. Throws a UserError where that cannot be. */
export function serve(at: ListenAddress, pages: Pages): MetricsServer {
  const abort = new AbortController();
  const server = listen(at, {
    signal: abort.signal,
    handler: (request) => answer(request, pages),
    onListen: () => {},
    onError: () => respond(500, "Internal error.\n"),
  });
  return {
    url: metricsUrl(at.hostname, server.addr.port),
    async close() {
      abort.abort();
      await server.finished;
    },
  };
}

type ServeOptions = Deno.ServeTcpOptions & { handler: Deno.ServeHandler<Deno.NetAddr> };

function listen(at: ListenAddress, options: ServeOptions): Deno.HttpServer<Deno.NetAddr> {
  const { port } = at;
  try {
    if (at.hostname !== "") return Deno.serve({ ...options, hostname: at.hostname, port });
    try {
      return Deno.serve({ ...options, hostname: "::", port });
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) throw error;
      // A machine without IPv6.
      return Deno.serve({ ...options, hostname: "0.0.0.0", port });
    }
  } catch (error) {
    throw listenError(at, error);
  }
}

function listenError(at: ListenAddress, error: unknown): UserError {
  const where = hostPort(at.hostname, at.port);
  if (error instanceof Deno.errors.AddrInUse) {
    return new UserError(
      `Port ${at.port} is in use: stop what listens on ${where}, or choose another port with --listen`,
    );
  }
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return new UserError(
      `No permission to listen on port ${at.port}: choose a port above 1023 with --listen, or run as root`,
    );
  }
  const cause = error instanceof Error ? error.message : String(error);
  return new UserError(
    `Cannot listen on ${where}: ${cause}; give --listen an address of this machine`,
  );
}

async function answer(request: Request, pages: Pages): Promise<Response> {
  const response = await route(request, pages);
  return request.method === "HEAD" ? new Response(null, response) : response;
}

async function route(request: Request, pages: Pages): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (!["/", "/metrics", "/healthz"].includes(pathname)) {
    return respond(404, "Not found. There is /metrics.\n");
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return respond(405, "Only GET and HEAD are answered.\n", { allow: "GET, HEAD" });
  }
  switch (pathname) {
    case "/metrics":
      return await metrics(request, pages);
    case "/healthz": {
      const reason = pages.unhealthy();
      return reason === null ? respond(200, "ok\n") : respond(503, reason + "\n");
    }
    default:
      return respond(200, HOME, { "content-type": "text/html; charset=utf-8" });
  }
}

async function metrics(request: Request, pages: Pages): Promise<Response> {
  let page: Uint8Array<ArrayBuffer>;
  try {
    page = await pages.metrics();
  } catch (error) {
    return respond(503, (error instanceof Error ? error.message : String(error)) + "\n");
  }
  const headers: Record<string, string> = {
    "content-type": CONTENT_TYPE,
    vary: "accept-encoding",
  };
  if (!acceptsGzip(request.headers.get("accept-encoding") ?? "")) {
    return respond(200, page, headers);
  }
  // Level 1 packs this kind of text to a twentieth at 500 MB/s; the default takes four times as long.
  const packed = new Uint8Array(gzipSync(page, { level: 1 }));
  return respond(200, packed, { ...headers, "content-encoding": "gzip" });
}

/** RFC 9110 section 12.5.3, as far as gzip goes. */
function acceptsGzip(header: string): boolean {
  return header.split(",").some((coding) => {
    const [name, ...parameters] = coding.toLowerCase().split(";").map((part) => part.trim());
    return name === "gzip" && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

function respond(
  status: number,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Response {
  return new Response(body, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      ...headers,
    },
  });
}

/** Where a browser on this machine finds /metrics. */
function metricsUrl(hostname: string, port: number): string {
  return `http://${hostPort(hostname === "" ? "localhost" : hostname, port)}/metrics`;
}

function hostPort(hostname: string, port: number): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

const HOME = `<!doctype html>
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
`;
