// Room for the plaintext of a record: one for each depth of TLS in TLS, as the outer one is still being read.

import type { Bytes } from "../../crypto/cipher.ts";
import type { Conversation } from "../analyser.ts";
import { MAX_RECORD } from "./records.ts";

const plaintexts: Bytes[] = [];

export const plaintextOf = (on: Conversation): Bytes =>
  plaintexts[on.depth] ??= new Uint8Array(MAX_RECORD + 64);
