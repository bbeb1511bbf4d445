// Makes label values of what comes from the wire: printable, and of bounded length and number.

import { printable } from "../text.ts";

/** The name under which hosts past --max-hosts are counted together. No wire name can be it. */
export const OTHER_HOST = "~other";

/** No name in the DNS is longer (RFC 1035, section 2.3.4); what is cut ends in an ellipsis. */
const MAX_NAME = 255;

/** RFC 9110 section 9, RFC 5789, and WebDAV's of RFC 4918, in IANA's "HTTP Method Registry". */
const METHODS = new Set(
  ("GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT " +
    "COPY LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE ORDERPATCH " +
    "PRI PROPFIND PROPPATCH QUERY REBIND REPORT SEARCH UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE " +
    "UPDATEREDIRECTREF VERSION-CONTROL").split(" "),
);

/** IANA's "TLS Application-Layer Protocol Negotiation (ALPN) Protocol IDs", those of the web. */
const ALPNS = new Set([
  "",
  ...("http/0.9 http/1.0 http/1.1 h2 h2c h3 spdy/1 spdy/2 spdy/3 spdy/3.1 grpc-exp acme-tls/1 dot doq " +
    "ftp imap pop3 managesieve mqtt webrtc c-webrtc coap postgresql xmpp-client xmpp-server")
    .split(" "),
]);

/** gRPC's status codes are 0 to 16 (https://grpc.io/docs/guides/status-codes/). */
const MAX_GRPC_STATUS = 16;

/** Printable, of bounded length, and never OTHER_HOST. */
export function hostLabel(name: string): string {
  const safe = printable(name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name);
  return safe === OTHER_HOST ? `\\${OTHER_HOST}` : safe;
}

/** A registered method, or "other". */
export const methodLabel = (method: string): string => METHODS.has(method) ? method : "other";

/** "200"; "" for 0, which means that no answer was seen; "invalid" outside 100-599. */
export function codeLabel(status: number): string {
  if (status === 0) return "";
  return status >= 100 && status < 600 ? String(status) : "invalid";
}

/** A registered protocol of the web, "" for none, or "other". */
export const alpnLabel = (alpn: string): string => ALPNS.has(alpn) ? alpn : "other";

/** "0" to "16", or "other". */
export function grpcLabel(status: string): string {
  const isKnown = /^\d{1,2}$/.test(status) && Number(status) <= MAX_GRPC_STATUS;
  return isKnown ? String(Number(status)) : "other";
}

/** A program's name without blanks, which part the labels of a row. */
export const programLabel = (name: string): string => name.replaceAll(" ", "_");
