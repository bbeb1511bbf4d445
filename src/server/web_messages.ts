// What is asked of the server, and what it answers.

/** The head of a request. */
export interface WebRequest {
  readonly method: string;
  /** Without the query: "/metrics". */
  readonly path: string;
  /** What follows "?"; "" if nothing does. */
  readonly query: string;
  /** The host that the client means, lower case, without port and brackets; null if it names none. */
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
}

/** What a request gets. Never rejects. */
export type Handler = (request: WebRequest) => WebAnswer | Promise<WebAnswer>;

const encoder = new TextEncoder();

/** An answer with the fields that all have; `fields` overrides them. */
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
