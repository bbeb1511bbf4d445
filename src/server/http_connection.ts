// The requests of one connection, one after another, as HTTP/1.1.

import { STATUS_CODES } from "node:http";
import type { ByteStream, Connection, Connections } from "./connections.ts";
import { answer, type Handler, type WebAnswer, type WebRequest } from "./web_messages.ts";
import { headEnd, MAX_HEAD, parseHead } from "./request_parser.ts";

/** Bytes handed to the system at a time. */
const PIECE = 1 << 16;
/** Bytes of a refused request that are read and discarded, so that its sender gets the answer. */
const MAX_DISCARDED = 1 << 18;

/** Answers requests until the connection is to end. Rejects if it breaks. */
export async function serveConnection(
  connection: Connection,
  connections: Connections,
  handler: Handler,
): Promise<void> {
  const requests = new RequestReader(connection);
  while (true) {
    const request = await requests.next();
    if (request === null) return;
    connection.answering();
    const refused = typeof request === "number";
    let reply = refused ? answer(request, `${STATUS_CODES[request]}.\n`) : await handler(request);
    if (reply.updates !== undefined) {
      if (connections.startStreaming(connection)) return await sendUpdates(connection, reply);
      reply = NO_PLACE;
    }
    const keepAlive = !refused && request.keepAlive;
    const isHead = !refused && request.method === "HEAD";
    await connections.startSending(connection, reply.body);
    await send(connection, headOf(reply, keepAlive), isHead ? EMPTY : reply.body);
    if (!keepAlive) return await endGently(connection.stream);
    connection.waiting();
  }
}

/** Splits the received bytes into requests. */
class RequestReader {
  readonly #connection: Connection;
  readonly #buffer = new Uint8Array(MAX_HEAD);
  #length = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The next request, the status that refuses it, or null at the end. */
  async next(): Promise<WebRequest | number | null> {
    this.#skipEmptyLines();
    if (this.#length > 0) this.#connection.asking();
    while (true) {
      const end = headEnd(this.#buffer.subarray(0, this.#length));
      if (end >= 0) return this.#take(end);
      if (this.#length === MAX_HEAD) return 431;
      const count = await this.#connection.stream.read(this.#buffer.subarray(this.#length));
      if (count === null) return null;
      this.#length += count;
      this.#skipEmptyLines();
      if (this.#length > 0) this.#connection.asking();
    }
  }

  #take(end: number): WebRequest | number {
    const request = parseHead(this.#buffer.subarray(0, end));
    this.#drop(end);
    return request;
  }

  /** Some clients send an empty line after a request (RFC 9112 section 2.2). */
  #skipEmptyLines(): void {
    let at = 0;
    while (at < this.#length && (this.#buffer[at] === 0x0d || this.#buffer[at] === 0x0a)) at++;
    this.#drop(at);
  }

  #drop(count: number): void {
    this.#buffer.copyWithin(0, count, this.#length);
    this.#length -= count;
  }
}

const EMPTY = new Uint8Array(0);
const NO_PLACE = answer(503, "Too many pages are kept up to date: ask for this one again.\n");

function headOf(
  { status, fields, body, updates }: WebAnswer,
  keepAlive: boolean,
): Uint8Array<ArrayBuffer> {
  const lines = Object.entries({
    date: new Date().toUTCString(),
    ...fields,
    // Without a length the answer ends with the connection.
    ...updates === undefined ? { "content-length": String(body.length) } : {},
    connection: keepAlive ? "keep-alive" : "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
  return new TextEncoder().encode(`${line}${lines}\r\n`);
}

async function send(
  connection: Connection,
  head: Uint8Array<ArrayBuffer>,
  body: Uint8Array<ArrayBuffer>,
): Promise<void> {
  // A small answer goes in one packet.
  const first = Math.min(body.length, PIECE - head.length);
  const begin = new Uint8Array(head.length + first);
  begin.set(head);
  begin.set(body.subarray(0, first), head.length);
  await sendAll(connection, begin);
  await sendAll(connection, body.subarray(first));
}

async function sendAll(connection: Connection, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const count = await connection.stream.write(bytes.subarray(at, at + PIECE));
    connection.taken(count);
    at += count;
  }
}

/** Sends what comes until there is no more. */
async function sendUpdates(connection: Connection, reply: WebAnswer): Promise<void> {
  connection.updating();
  await send(connection, headOf(reply, false), reply.body);
  connection.streaming();
  for await (const update of reply.updates!(connection.over)) {
    connection.updating();
    await sendAll(connection, update);
    connection.streaming();
  }
  connection.updating();
  await endGently(connection.stream);
}

/**
 * Reads on until the client closes. A connection that is closed with unread bytes is reset by the
 * system, and the client may lose the last answer (RFC 9112 section 9.6).
 */
async function endGently(stream: ByteStream): Promise<void> {
  stream.endSending();
  const rest = new Uint8Array(4096);
  for (let count = 0; count < MAX_DISCARDED;) {
    const more = await stream.read(rest);
    if (more === null) return;
    count += more;
  }
}
