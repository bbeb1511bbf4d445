import assert from "node:assert/strict";
import { expandLabel, prf } from "./key_derivation.ts";

Deno.test("HKDF-Expand-Label gives the keys of RFC 8448 section 3", () => {
  const secret = Uint8Array.fromHex(
    "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
  );
  assert.equal(
    expandLabel("sha256", secret, "key", 16).toHex(),
    "3fce516009c21727d0f2e4e86ee403bc",
  );
  assert.equal(expandLabel("sha256", secret, "iv", 12).toHex(), "5d313eb2671276ee13000b30");
});

Deno.test("HKDF-Expand-Label gives the keys of RFC 9001 appendix A.5", () => {
  const secret = Uint8Array.fromHex(
    "9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b",
  );
  assert.equal(
    expandLabel("sha256", secret, "quic key", 32).toHex(),
    "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8",
  );
  assert.equal(expandLabel("sha256", secret, "quic iv", 12).toHex(), "e0459b3474bdd0e44a41c144");
});

Deno.test("the PRF of TLS 1.2 with SHA-256", () => {
  const secret = Uint8Array.fromHex("9bbe436ba940f017b17652849a71db35");
  const seed = Uint8Array.fromHex("a0ba9f936cda311827a6f796ffd5198c");
  assert.equal(
    prf("sha256", secret, "test label", seed, 100).toHex(),
    "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a" +
      "6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab" +
      "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701" +
      "87347b66",
  );
});
