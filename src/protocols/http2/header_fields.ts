// The header fields of HTTP/2 that are needed, and what they are as text. Until then they are
// strings with one character for each byte, as HPACK has them.

import { cutNames, hostName, text } from "../name.ts";
import type { FieldReceiver } from "./hpack.ts";

/** Bytes that are kept of a field that is only shown. */
const MAX_TEXT = 8192;
/**
 * Bytes of an authority; longer ones name no host, as a name has 255 bytes at most. A request can refer to
 * one in HPACK's table with a single byte, and then all bytes of it have to be looked at.
 */
export const MAX_AUTHORITY = 1024;

/** The fields of one header block; of several with the same name the first. */
export class HeaderFields implements FieldReceiver {
  method: string | null = null;
  authority: string | null = null;
  path: string | null = null;
  host: string | null = null;
  status: string | null = null;
  contentType: string | null = null;
  userAgent: string | null = null;
  grpcStatus: string | null = null;
  /** Whether some field refers to what was not captured. */
  unknown = false;
  /** Whether the block could not be decoded; the reason was reported. */
  unreadable = false;

  reset(unreadable: boolean): void {
    this.method =
      this.authority =
      this.path =
      this.host =
      this.status =
        null;
    this.contentType = this.userAgent = this.grpcStatus = null;
    this.unknown = false;
    this.unreadable = unreadable;
  }

  field(name: string | null, value: string | null): void {
    switch (name) {
      case null:
        this.unknown = true;
        break;
      case ":method":
        this.method ??= value;
        break;
      case ":authority":
        this.authority ??= value;
        break;
      case ":path":
        this.path ??= value;
        break;
      case "host":
        this.host ??= value;
        break;
      case ":status":
        this.status ??= value;
        break;
      case "content-type":
        this.contentType ??= value;
        break;
      case "user-agent":
        this.userAgent ??= value;
        break;
      case "grpc-status":
        this.grpcStatus ??= value;
        break;
    }
  }

  /** Whether method, host and target of a request are all known; CONNECT has no target. */
  get isRequest(): boolean {
    if (this.method === null) return false;
    if (!this.unknown) return true;
    return this.authority !== null && (this.path !== null || this.method === "CONNECT");
  }
}

/** Authorities repeat; those from HPACK's table are the same string, so that comparing them is quick. */
let lastAuthority = "";
let lastHost = "";

/** The host that an authority names; "" if it is too long for one. */
export function hostOf(authority: string): string {
  if (authority.length > MAX_AUTHORITY) return "";
  if (authority === lastAuthority) return lastHost;
  const cut = cutNames();
  const host = hostName(bytesOf(authority), 0, authority.length);
  // A name that was cut is counted each time.
  if (cutNames() !== cut) return host;
  lastAuthority = authority;
  return lastHost = host;
}

/** A byte string as text, cut at MAX_TEXT. */
export function shown(bytes: string | null): string | null {
  if (bytes === null) return null;
  const part = bytes.length > MAX_TEXT ? bytes.slice(0, MAX_TEXT) : bytes;
  return isAscii(part) ? part : text(bytesOf(part), 0, part.length);
}

// deno-lint-ignore no-control-regex
const isAscii = (bytes: string): boolean => /^[\x00-\x7f]*$/.test(bytes);

/** In a loop: Uint8Array.from takes thirty times as long. */
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
