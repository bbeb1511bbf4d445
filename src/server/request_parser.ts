// Parses the head of an HTTP/1 request (RFC 9112) strictly: ambiguous requests are refused.

import type { WebRequest } from "./web_messages.ts";

/** Longer heads are refused. Prometheus sends about 300 bytes, browsers up to 2,000. */
export const MAX_HEAD = 8192;

const LF = 0x0a;
const CR = 0x0d;

/** The length of the head at the start of `bytes`, empty line included; -1 if it is incomplete. */
export function headEnd(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP\/(\d)\.(\d)$/;
/**
 * No space before the colon and no folded lines (RFC 9112 sections 5.1 and 5.2). Blanks around the value are
 * not a part of it: an expression that leaves them out may take minutes for a line of blanks.
 */
// deno-lint-ignore no-control-regex
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\x00\r]*)$/;
const AUTHORITY = /^(?:\[([0-9a-f:.%]+)\]|([^\s:/?#@[\]]+))(?::\d*)?$/i;

/** Parses a complete head. Returns a status if the request is to be refused. */
export function parseHead(bytes: Uint8Array): WebRequest | number {
  const [first = "", ...lines] = new TextDecoder("latin1").decode(bytes).trim().split(/\r?\n/);
  const [, method, target, major, minor] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined || target === undefined) return 400;
  if (major !== "1") return 505;
  const fields = readFields(lines);
  if (fields === null || !isBodyClear(fields)) return 400;
  const named = hostOf(target, fields.get("host"), minor === "0");
  if (named === null) return 400;
  const [path = "", query = ""] = splitAt(pathOf(target), "?");
  const connection = (fields.get("connection") ?? "").toLowerCase().split(",").map(withoutBlanks);
  const keepAlive = minor === "0"
    ? connection.includes("keep-alive")
    : !connection.includes("close");
  return {
    method,
    path,
    query,
    host: named.host,
    fields,
    keepAlive: keepAlive && !hasBody(fields),
  };
}

function readFields(lines: readonly string[]): Map<string, string> | null {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined || value === undefined) return null;
    const key = name.toLowerCase();
    const content = withoutBlanks(value);
    const before = fields.get(key);
    // More than one Host is an error (RFC 9112 section 3.2).
    if (before !== undefined && key === "host") return null;
    fields.set(key, before === undefined ? content : `${before}, ${content}`);
  }
  return fields;
}

const isBlank = (character: string | undefined): boolean => character === " " || character === "\t";

/** `text` without spaces and tabs at both ends. */
function withoutBlanks(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isBlank(text[from])) from++;
  while (from < to && isBlank(text[to - 1])) to--;
  return text.slice(from, to);
}

/** An absolute target overrides Host (RFC 9112 section 3.2.2). Null if the request is wrong. */
function hostOf(
  target: string,
  field: string | undefined,
  isOld: boolean,
): { readonly host: string | null } | null {
  if (field === undefined && !isOld) return null;
  const authority = /^https?:\/\/([^/?#]*)/i.exec(target)?.[1] ?? field;
  if (authority === undefined) return { host: null };
  const [, address, name] = AUTHORITY.exec(authority) ?? [];
  const host = address ?? name;
  return host === undefined ? null : { host: host.toLowerCase().replace(/\.$/, "") };
}

function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "");
  return path === "" || path.startsWith("?") ? `/${path}` : path;
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** Whether all readers would find the same end of the body (RFC 9112 section 6.3). */
function isBodyClear(fields: ReadonlyMap<string, string>): boolean {
  const [coding, length] = [fields.get("transfer-encoding"), fields.get("content-length")];
  if (coding !== undefined) return length === undefined && coding.toLowerCase() === "chunked";
  return length === undefined || /^\d{1,15}$/.test(length);
}

/** Bodies are not read: the connection ends after the answer. */
function hasBody(fields: ReadonlyMap<string, string>): boolean {
  return fields.has("transfer-encoding") || Number(fields.get("content-length") ?? 0) !== 0;
}
