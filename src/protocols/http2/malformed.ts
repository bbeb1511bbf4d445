// What can be wrong with an HTTP/2 connection: the reasons of `malformed("http2", reason)`.

import type { Conversation } from "../analyser.ts";

export type MalformedReason =
  /** A frame header that no frame can have. */
  | "frame"
  | "padding"
  /** A header block without its beginning, or with another frame in the middle. */
  | "continuation"
  /** A header block that HPACK cannot decode. */
  | "compression"
  | "header-too-long"
  /** A header block, or the header of a frame, was not captured. */
  | "gap"
  /** A request, or a response's status, refers to header fields that were not captured. */
  | "unknown-table"
  /** A request without a method, or a response without a status. */
  | "pseudo-header"
  /** A request on a stream of the server's, or on stream 0. */
  | "stream";

export function malformed(on: Conversation, reason: MalformedReason): void {
  on.sink.malformed("http2", reason);
}
