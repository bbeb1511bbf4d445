// Capture filters (BPF) for packets of files.

import { FilterError, OfflineFilter } from "../../ffi/filter_program.ts";
import { MAX_SNAPLEN } from "../../ffi/libpcap.ts";
import { UserError } from "../errors.ts";
import type { Accept } from "./file.ts";
import { toDataLink } from "./link_type.ts";
import { oneLine } from "./one_line.ts";

/** Whether to keep the packet at `bytes[at]`: `captured` of its `length` bytes are there. */
export type PacketFilter = (
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  captured: number,
  length: number,
) => boolean;

/**
 * Compiles a pcap-filter(7) expression for packets of `linkType` (LINKTYPE_) and at most `snaplen`
 * bytes (0: any length). Throws UserError with libpcap's message if the expression is wrong.
 */
export function compileFilter(
  expression: string,
  linkType: number,
  snaplen: number,
): PacketFilter {
  // A filter returns how many bytes to keep: with a snaplen of 0 it would keep no packet.
  const keep = snaplen > 0 ? snaplen : MAX_SNAPLEN;
  try {
    const filter = new OfflineFilter(expression, toDataLink(linkType), keep);
    return (bytes, at, captured, length) => filter.matches(bytes, at, captured, length);
  } catch (error) {
    throw filterError(expression, error);
  }
}

/** The same for files, whose packets may be of several link types: each has a program of its own. */
export function fileFilter(expression: string, snaplen: number): Accept {
  const filters = new Map<number, PacketFilter>();
  return (linkType, bytes, at, captured, length) => {
    let filter = filters.get(linkType);
    if (filter === undefined) {
      filter = compileFilter(expression, linkType, snaplen);
      filters.set(linkType, filter);
    }
    return filter(bytes, at, captured, length);
  };
}

/** The error for the user, if setting `expression` threw `error`. */
export function filterError(expression: string, error: unknown): unknown {
  if (!(error instanceof FilterError)) return error;
  const message = oneLine(`wrong filter "${expression}": ${error.message}`);
  return new UserError(message, { usage: true, cause: error });
}
