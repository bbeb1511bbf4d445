// Who decrypts: libcrypto where it is installed. It is opened when something is to be decrypted first, and
// hashes from then on, too.

import { openLibcrypto } from "../../ffi/libcrypto.ts";
import { BuiltinDecryption } from "./builtin_decryption.ts";
import type { Aead, Decryption } from "./cipher.ts";
import { LibcryptoDecryption } from "./libcrypto_decryption.ts";
import { hashBlocksBy } from "./sha256.ts";

let chosen: LibcryptoDecryption | BuiltinDecryption | null = null;

function choose(): LibcryptoDecryption | BuiltinDecryption {
  const library = openLibcrypto();
  if (library === null) return new BuiltinDecryption();
  hashBlocksBy(library.SHA256_Transform);
  return new LibcryptoDecryption(library);
}

/** AES; other ciphers only after `loadAllCiphers`. */
export function decryption(): Decryption {
  return chosen ??= choose();
}

/** Loads what else the ciphers of a key log's sessions need. */
export async function loadAllCiphers(): Promise<void> {
  const all = chosen ??= choose();
  if (all instanceof BuiltinDecryption) await all.loadChaCha();
}

/** Whether this machine can decrypt it: CCM only with libcrypto. */
export function canDecrypt({ mode }: Aead): boolean {
  return mode !== "ccm" || decryption() instanceof LibcryptoDecryption;
}
