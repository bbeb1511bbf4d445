// One POST to a server. Each has a connection of its own: they are far apart, and the older runtime of
// compiled binaries hangs on connections that are kept alive.

import http from "node:http";
import https from "node:https";
import { Buffer } from "node:buffer";
import { systemReason } from "../errors.ts";
import { VERSION } from "../version.ts";
import type { ServerAccess } from "./push_config.ts";

/** Milliseconds for a whole request. */
const TIMEOUT = 10_000;
/** Bytes of an answer that are read. */
const MAX_ANSWER = 65_536;

export interface Answer {
  readonly status: number;
  readonly fields: http.IncomingHttpHeaders;
  /** Its beginning. */
  readonly body: Uint8Array;
}

/** Sends `body`. Rejected with Error if no answer came. */
export function post(
  url: URL,
  access: ServerAccess,
  fields: Readonly<Record<string, string>>,
  body: Uint8Array,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const isTls = url.protocol === "https:";
  const request = (isTls ? https : http).request({
    method: "POST",
    // Of an IPv6 address the URL has brackets.
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port,
    path: url.pathname + url.search,
    agent: isTls
      ? new https.Agent({ keepAlive: false, minVersion: "TLSv1.2", ...tlsOptions(access) })
      : new http.Agent({ keepAlive: false }),
    headers: {
      "User-Agent": `webstat/${VERSION}`,
      ...access.fields,
      ...authorization(access),
      ...fields,
      "Content-Length": String(body.length),
    },
  }, (response) => collect(response).then(resolve, reject));
  const timer = setTimeout(() => request.destroy(new Error("no answer in time")), TIMEOUT);
  request.on("error", (error) => reject(new Error(reasonOf(error))));
  request.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  return promise.finally(() => clearTimeout(timer));
}

/** Plain words for what Node has only a code for. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the server closed the connection",
  EHOSTUNREACH: "no way to the server",
  ENETUNREACH: "no way to the server",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name of the host cannot be looked up",
  ETIMEDOUT: "no answer in time",
};

/** All that the older runtime of compiled binaries says about TLS that fails. */
const VAGUE = "connection error";

/** Why a server cannot be reached. */
export function reasonOf(error: unknown): string {
  const { code = "" } = error as { code?: string };
  const reason = REASONS[code] ?? systemReason(error);
  return reason === VAGUE ? "no TLS: is its certificate of this name and authority?" : reason;
}

function tlsOptions({ authorities, own, serverName }: ServerAccess) {
  return {
    ...authorities === null ? {} : { ca: authorities.text },
    ...own === null ? {} : { cert: own.certificate.text, key: own.key.text },
    ...serverName === null ? {} : { servername: serverName },
  };
}

function authorization({ authorization, basic }: ServerAccess): Record<string, string> {
  if (authorization !== null) {
    return { Authorization: `${authorization.type} ${authorization.credentials.text}` };
  }
  if (basic === null) return {};
  const pair = Buffer.from(`${basic.user}:${basic.password.text}`);
  return { Authorization: `Basic ${pair.toString("base64")}` };
}

async function collect(response: http.IncomingMessage): Promise<Answer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Uint8Array>) {
    if (length < MAX_ANSWER) parts.push(part);
    length += part.length;
    if (length >= MAX_ANSWER) break;
  }
  return {
    status: response.statusCode ?? 0,
    fields: response.headers,
    body: new Uint8Array(Buffer.concat(parts)),
  };
}
