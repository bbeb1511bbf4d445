// Requests to the server and its answers.

/** The head of a request. */
export interface WebRequest {
  readonly method: string;
  /** Without the query: "/metrics". */
  readonly path: string;
  /** What follows "?"; "" if nothing does. */
  readonly query: string;
  /** Lower case, without port and brackets; null if the request has none (HTTP/1.0). */
  readonly host: string | null;
  /** Names in lower case; several fields of a name are joined by ", ". */
  readonly fields: ReadonlyMap<string, string>;
  /** Whether another request may follow on the connection. */
  readonly keepAlive: boolean;
}

export interface WebAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly fields: Readonly<Record<string, string>>;
  /** Several answers may share one. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** What follows the body, piece by piece, until it ends or `over` is aborted. */
  readonly updates?: (over: AbortSignal) => AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** Makes the answer to a request. */
export type Handler = (request: WebRequest) => WebAnswer | Promise<WebAnswer>;

const encoder = new TextEncoder();

/** An answer with the common header fields; `fields` overrides them. */
export function answer(
  status: number,
  body: string | Uint8Array<ArrayBuffer>,
  fields: Readonly<Record<string, string>> = {},
): WebAnswer {
  return {
    status,
    body: typeof body === "string" ? encoder.encode(body) : body,
    fields: {
      "content-type": "text/plain; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      ...fields,
    },
  };
}
