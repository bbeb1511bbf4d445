// HTTP/1.x messages as bytes.

import { type Bytes, concat, cut, text } from "./bytes.ts";

interface HttpMessage {
  /** "1.1" unless given. */
  readonly version?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Sends the body in chunks of so many bytes, in place of Content-Length. */
  readonly chunkSize?: number;
}

export interface HttpRequest extends HttpMessage {
  readonly method?: string;
  readonly target?: string;
  /** "example.com" unless given; null for no Host header. */
  readonly host?: string | null;
}

export function httpRequest(request: HttpRequest = {}): Bytes {
  const { method = "GET", target = "/", host = "example.com", version = "1.1" } = request;
  const hostLine = host === null ? "" : `Host: ${host}\r\n`;
  return concat(text(`${method} ${target} HTTP/${version}\r\n${hostLine}`), rest(request, false));
}

export interface HttpResponse extends HttpMessage {
  readonly status?: number;
  readonly reason?: string;
}

export function httpResponse(response: HttpResponse = {}): Bytes {
  const { status = 200, reason = "OK", version = "1.1" } = response;
  const bodiless = status < 200 || status === 204 || status === 304;
  return concat(text(`HTTP/${version} ${status} ${reason}\r\n`), rest(response, !bodiless));
}

/** Body in chunks of `size` bytes, the last chunk included. */
export function chunked(body: Uint8Array, size: number): Bytes {
  const chunks = cut(body, size).flatMap((piece) => [
    text(`${piece.length.toString(16)}\r\n`),
    piece,
    text("\r\n"),
  ]);
  return concat(...chunks, text("0\r\n\r\n"));
}

/** Header fields and body. Where there is no body, `sayEmpty` sends Content-Length: 0. */
function rest(message: HttpMessage, sayEmpty: boolean): Bytes {
  const { headers = {}, body = "", chunkSize } = message;
  const content = typeof body === "string" ? text(body) : body;
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  if (chunkSize !== undefined) {
    const head = text(`${fields}Transfer-Encoding: chunked\r\n\r\n`);
    return concat(head, chunked(content, chunkSize));
  }
  const given = Object.keys(headers).some((name) =>
    /^(content-length|transfer-encoding)$/i.test(name)
  );
  const framed = !given && (sayEmpty || content.length > 0);
  const length = framed ? `Content-Length: ${content.length}\r\n` : "";
  return concat(text(`${fields}${length}\r\n`), content);
}
