import assert from "node:assert/strict";
import fc from "fast-check";
import type { HttpExchange } from "../protocols/transactions.ts";
import { dnsEvent, type Endpoints, httpEvent, quicEvent, tlsEvent, type Told } from "./events.ts";

const FROM: Endpoints = { src: "10.0.0.1", sport: 51000, dst: "2001:db8::2", dport: 80 };

const SAID: Told = { shown: "example.com", by: "host", domain: "example.com", network: null };

const BY_SNI: Told = { shown: "example.com", by: "sni", domain: "example.com", network: null };

const EXCHANGE: HttpExchange = {
  version: "1.1",
  method: "GET",
  host: "example.com",
  target: "/x?y=1",
  status: 200,
  requestBytes: 0,
  responseBytes: 1234,
  requestTime: 1_700_000_000_123_456,
  responseTime: 1_700_000_000_124_000,
  responseEnd: 1_700_000_000_124_689,
  contentType: "text/html",
  userAgent: "curl/8",
  grpcStatus: null,
};

Deno.test("a request becomes one line in the contract's order", () => {
  assert.equal(
    httpEvent(EXCHANGE, FROM, SAID),
    '{"ts":1700000000.123456,"kind":"http","src":"10.0.0.1","sport":51000,"dst":"2001:db8::2",' +
      '"dport":80,"host":"example.com","method":"GET","target":"/x?y=1","version":"1.1",' +
      '"status":200,"request_bytes":0,"response_bytes":1234,"duration_ms":1.233,' +
      '"content_type":"text/html","user_agent":"curl/8","domain":"example.com","name_source":"host"}\n',
  );
});

Deno.test("what was not seen of a request is null", () => {
  const line = httpEvent(
    {
      ...EXCHANGE,
      status: 0,
      responseTime: 0,
      responseEnd: 0,
      contentType: null,
      userAgent: null,
      host: "",
    },
    FROM,
    SAID,
  );
  const event = JSON.parse(line);
  assert.equal(event.status, null);
  assert.equal(event.duration_ms, null);
  assert.equal(event.content_type, null);
  assert.equal(event.user_agent, null);
  assert.equal(event.host, "");
});

Deno.test("a TLS handshake shows the negotiated protocol, else the offered one, else null", () => {
  const handshake = {
    host: "example.com",
    version: "1.3",
    alpn: "",
    offeredAlpn: "h2",
    ja4: "t13d1516h2_8daaf6152771_b186095e22b6",
    ech: false,
    helloTime: 1_700_000_000_000_001,
    answerTime: 0,
  };
  assert.equal(
    tlsEvent(handshake, FROM, BY_SNI),
    '{"ts":1700000000.000001,"kind":"tls","src":"10.0.0.1","sport":51000,"dst":"2001:db8::2",' +
      '"dport":80,"host":"example.com","version":"1.3","alpn":"h2",' +
      '"ja4":"t13d1516h2_8daaf6152771_b186095e22b6","domain":"example.com","name_source":"sni"}\n',
  );
  assert.equal(
    JSON.parse(tlsEvent({ ...handshake, alpn: "http/1.1" }, FROM, BY_SNI)).alpn,
    "http/1.1",
  );
  assert.equal(JSON.parse(tlsEvent({ ...handshake, ech: true }, FROM, BY_SNI)).ech, true);
  const bare = JSON.parse(tlsEvent({ ...handshake, offeredAlpn: "", version: "" }, FROM, BY_SNI));
  assert.equal(bare.alpn, null);
  assert.equal(bare.version, null);
});

Deno.test("a QUIC handshake and a DNS query become lines", () => {
  const quic = {
    host: "q.example",
    quicVersion: "1",
    alpn: "h3",
    ech: false,
    helloTime: 5e6,
    answerTime: 0,
  };
  assert.equal(
    quicEvent(quic, FROM, BY_SNI),
    '{"ts":5.000000,"kind":"quic","src":"10.0.0.1","sport":51000,"dst":"2001:db8::2","dport":80,' +
      '"host":"q.example","quic_version":"1","alpn":"h3","domain":"example.com","name_source":"sni"}\n',
  );
  const query = {
    host: "example.com",
    type: "A",
    rcode: "NOERROR",
    answers: ["93.184.216.34", "1.2.3.4"],
    ttl: 300,
    publicName: "",
    pointer: "",
    queryTime: 1_000_000,
    answerTime: 1_008_100,
  };
  assert.equal(
    dnsEvent(query, FROM, SAID),
    '{"ts":1.000000,"kind":"dns","src":"10.0.0.1","sport":51000,"dst":"2001:db8::2","dport":80,' +
      '"host":"example.com","qtype":"A","rcode":"NOERROR","answers":["93.184.216.34","1.2.3.4"],' +
      '"duration_ms":8.1,"domain":"example.com"}\n',
  );
  const open = JSON.parse(
    dnsEvent({ ...query, rcode: "", answers: [], answerTime: 0 }, FROM, SAID),
  );
  assert.equal(open.rcode, null);
  assert.deepEqual(open.answers, []);
  assert.equal(open.duration_ms, null);
});

Deno.test("a clock that was set back does not give a negative duration", () => {
  const line = httpEvent({ ...EXCHANGE, responseEnd: EXCHANGE.requestTime - 5 }, FROM, SAID);
  assert.equal(JSON.parse(line).duration_ms, 0);
});

Deno.test("whatever the texts are, an event is one line of JSON without anything unprintable", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), units());
  fc.assert(fc.property(text, text, text, (host, target, agent) => {
    const line = httpEvent({ ...EXCHANGE, host, target, userAgent: agent }, FROM, SAID);
    assert.doesNotMatch(line.slice(0, -1), /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    assert.ok(line.endsWith("}\n"));
    const event = JSON.parse(line);
    assert.deepEqual([event.host, event.target, event.user_agent], [host, target, agent]);
  }));
});

/** Any UTF-16 units at all, lone surrogates included. */
function units(): fc.Arbitrary<string> {
  return fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) =>
    String.fromCharCode(...codes)
  );
}

Deno.test("with --asn-db events tell whose network the server is in", () => {
  const network = { asn: 64500, organisation: 'Example "Net"' };
  const event = JSON.parse(httpEvent(EXCHANGE, FROM, { ...SAID, network }));
  assert.deepEqual([event.asn, event.organisation], [64500, 'Example "Net"']);
  const unknown = { ...SAID, network: { asn: 0, organisation: "" } };
  const { asn, organisation } = JSON.parse(httpEvent(EXCHANGE, FROM, unknown));
  assert.deepEqual([asn, organisation], [null, null]);
});
