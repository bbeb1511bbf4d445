import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { expandLabel } from "../../crypto/key_derivation.ts";
import { TLS_AES_128_GCM_SHA256 } from "../tls/cipher_suites.ts";
import { PacketProtection } from "./packet_protection.ts";
import { concat } from "./quic_samples.ts";

const ID = new Uint8Array(8).fill(7);
const PLAIN = new TextEncoder().encode("frames of a packet, some more than the sample");
const out = new Uint8Array(100);

/** Secrets of phase 0, 1 and so on: `update` is the label that makes one of the other. */
function phasesOf(update: string, count: number): Uint8Array<ArrayBuffer>[] {
  const secrets = [new Uint8Array(32).fill(1)];
  while (secrets.length < count) {
    secrets.push(expandLabel("sha256", secrets.at(-1)!, update, 32));
  }
  return secrets;
}

/** A short header packet (RFC 9001 section 5), whose header is protected by the secret of phase 0. */
function packetOf(
  prefix: string,
  secrets: readonly Uint8Array<ArrayBuffer>[],
  phase: number,
  number: number,
): Uint8Array {
  const header = concat(Uint8Array.of(0x40 | (phase & 1) << 2), ID, Uint8Array.of(number));
  const nonce = expandLabel("sha256", secrets[phase]!, `${prefix}iv`, 12);
  nonce[11]! ^= number;
  const key = expandLabel("sha256", secrets[phase]!, `${prefix}key`, 16);
  const aead = createCipheriv("aes-128-gcm", key, nonce);
  aead.setAAD(header);
  const packet = concat(header, aead.update(PLAIN), aead.final(), aead.getAuthTag());
  const headerKey = expandLabel("sha256", secrets[0]!, `${prefix}hp`, 16);
  const ecb = createCipheriv("aes-128-ecb", headerKey, null);
  const mask = ecb.update(packet.subarray(13, 29));
  packet[0]! ^= mask[0]! & 0x1f;
  packet[9]! ^= mask[1]!;
  return packet;
}

/** How many of the packets, one of each phase, are opened. */
function opened(prefix: string, update: string): number {
  const secrets = phasesOf(update, 4);
  const protection = new PacketProtection(TLS_AES_128_GCM_SHA256, secrets[0]!, prefix);
  let count = 0;
  for (let phase = 0; phase < secrets.length; phase++) {
    const packet = packetOf(prefix, secrets, phase, 10 + phase);
    assert.ok(protection.readHeader(packet, 0, 9, packet.length, true));
    if (!protection.open(packet, 0, packet.length, out)) continue;
    assert.deepEqual(out.subarray(0, PLAIN.length), PLAIN);
    count++;
  }
  return count;
}

Deno.test("QUIC packets are opened after each key update, in both versions", () => {
  assert.equal(opened("quic ", "quic ku"), 4);
  assert.equal(opened("quicv2 ", "quicv2 ku"), 4);
});

Deno.test("QUIC version 2 as of its drafts may be updated with the label of version 1", () => {
  assert.equal(opened("quicv2 ", "quic ku"), 4);
});

Deno.test("a label for updates of nobody opens nothing", () => {
  assert.equal(opened("quicv2 ", "other ku"), 1);
  assert.equal(opened("quic ", "quicv2 ku"), 1);
});
