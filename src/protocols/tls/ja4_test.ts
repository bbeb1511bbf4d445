import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ja4, type Ja4Input } from "./ja4.ts";

const list = (text: string): number[] => text.split(",").map((value) => parseInt(value, 16));

// The ClientHello of the example in JA4's specification.
const EXAMPLE: Ja4Input = {
  legacyVersion: 0x0303,
  supportedVersions: [0x0304, 0x0303],
  hasServerName: true,
  cipherSuites: list("1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035"),
  extensions: list(
    "001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015",
  ),
  alpn: ["h2", "http/1.1"],
  signatureAlgorithms: list("0403,0804,0401,0503,0805,0501,0806,0601"),
};

const of = (changes: Partial<Ja4Input>): string => ja4("t", { ...EXAMPLE, ...changes });
const traitsOf = (changes: Partial<Ja4Input>): string => of(changes).split("_")[0]!;

Deno.test("ja4() gives the fingerprint of the specification's example", () => {
  assert.equal(ja4("t", EXAMPLE), "t13d1516h2_8daaf6152771_e5627efa2ab1");
  assert.equal(ja4("q", EXAMPLE), "q13d1516h2_8daaf6152771_e5627efa2ab1");
});

// A ClientHello of Firefox; its fingerprint is published in many places.
const FIREFOX: Ja4Input = {
  ...EXAMPLE,
  cipherSuites: list(
    "1301,1303,1302,c02b,c02f,cca9,cca8,c02c,c030,c00a,c009,c013,c014,009c,009d,002f,0035",
  ),
  extensions: list("0000,0017,ff01,000a,000b,0023,0010,0005,0022,0033,002b,000d,002d,001c,0015"),
  signatureAlgorithms: list("0403,0503,0603,0804,0805,0806,0401,0501,0601,0203,0201"),
};

Deno.test("ja4() gives the fingerprint published for Firefox", () => {
  assert.equal(ja4("t", FIREFOX), "t13d1715h2_5b57614c22b0_3d5424432f57");
});

Deno.test("ja4() hashes extensions alone if there are no signature algorithms", () => {
  assert.equal(of({ signatureAlgorithms: [] }), "t13d1516h2_8daaf6152771_6d807ffa2a79");
});

Deno.test("ja4() gives zeros if there is nothing to hash", () => {
  const bare = of({ cipherSuites: [], extensions: [], alpn: [], signatureAlgorithms: [] });
  assert.equal(bare, "t13d000000_000000000000_000000000000");
  const named = of({ extensions: [0, 16], signatureAlgorithms: [] });
  assert.equal(named, "t13d1502h2_8daaf6152771_000000000000");
});

Deno.test("ja4() ignores GREASE, wherever it is", () => {
  for (const value of list("0a0a,1a1a,8a8a,fafa")) {
    const greased = of({
      supportedVersions: [value, ...EXAMPLE.supportedVersions],
      cipherSuites: [value, ...EXAMPLE.cipherSuites],
      extensions: [value, ...EXAMPLE.extensions, value],
      signatureAlgorithms: [...EXAMPLE.signatureAlgorithms, value],
    });
    assert.equal(greased, ja4("t", EXAMPLE));
  }
  for (const value of list("0a1a,1b1b,eeee,00ff,5600")) {
    assert.equal(traitsOf({ cipherSuites: [value] }), "t13d0116h2", "these are no GREASE");
  }
});

Deno.test("ja4() does not depend on the order of suites and extensions", () => {
  const shuffled = of({
    cipherSuites: EXAMPLE.cipherSuites.toReversed(),
    extensions: EXAMPLE.extensions.toReversed(),
  });
  assert.equal(shuffled, ja4("t", EXAMPLE));
  const other = of({ signatureAlgorithms: EXAMPLE.signatureAlgorithms.toReversed() });
  assert.notEqual(other, ja4("t", EXAMPLE), "but not for signature algorithms");
});

Deno.test("ja4() shows version, server name and counts", () => {
  assert.equal(traitsOf({ supportedVersions: [] }), "t12d1516h2");
  assert.equal(traitsOf({ supportedVersions: [0x0a0a] }), "t12d1516h2");
  assert.equal(traitsOf({ supportedVersions: [0x0302, 0x0301] }), "t11d1516h2");
  const versions: [number, string][] = [[0x0301, "10"], [0x0300, "s3"], [2, "s2"], [0x0999, "00"]];
  for (const [legacyVersion, text] of versions) {
    assert.equal(traitsOf({ legacyVersion, supportedVersions: [] }), `t${text}d1516h2`);
  }
  assert.equal(traitsOf({ hasServerName: false }), "t13i1516h2");
  const many = Array.from({ length: 120 }, (_, i) => i + 1);
  assert.equal(traitsOf({ cipherSuites: many, extensions: many }), "t13d9999h2");
});

Deno.test("ja4() shows the ends of the first protocol as the specification's examples do", () => {
  const examples: [string, string][] = [
    ["h2", "h2"],
    ["http/1.1", "h1"],
    ["z", "zz"],
    ["", "00"],
    ["\xab", "ab"],
    ["\xab\xcd", "ad"],
    ["0\xab", "3b"],
    ["01\xab\xcd", "3d"],
    ["0\xab\xcd1", "01"],
    ["\n", "0a"],
  ];
  for (const [protocol, ends] of examples) {
    assert.equal(traitsOf({ alpn: [protocol, "other"] }), `t13d1516${ends}`);
  }
});

Deno.test("ja4() hashes with SHA-256, sorted, in lower case", () => {
  const hash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12);
  assert.equal(
    of({ cipherSuites: [0xc02b, 0x002f], extensions: [0xff01, 0x000d] }),
    `t13d0202h2_${hash("002f,c02b")}_${hash("000d,ff01_0403,0804,0401,0503,0805,0501,0806,0601")}`,
  );
});
