import assert from "node:assert/strict";
import { concat, text } from "../../../tests/packet_builder.ts";
import { Random } from "../../../tests/packets/random.ts";
import { NEED_MORE, NOT_MINE } from "../analyser.ts";
import {
  looksLikeRequest,
  looksLikeResponse,
  parseRequestLine,
  parseStatusLine,
  requestLine,
} from "./start_lines.ts";
import {
  chunkSize,
  decimal,
  Field,
  fieldOf,
  fieldValue,
  lineEnd,
  lineFeed,
  lists,
} from "./syntax.ts";

/** Reads `line` in the middle of other bytes. */
function read<Result>(
  line: string,
  of: (bytes: Uint8Array, at: number, end: number) => Result,
): [Result, (from: number, to: number) => string] {
  const bytes = concat(text("0 "), text(line), text("9 HTTP/1.1"));
  const part = (from: number, to: number) => new TextDecoder().decode(bytes.slice(from, to));
  return [of(bytes, 2, 2 + text(line).length), part];
}

Deno.test("line feeds are found anywhere, and a CR before them is not part of the line", () => {
  for (let length = 0; length < 30; length++) {
    for (let at = 0; at < length; at++) {
      const bytes = new Uint8Array(length + 3).fill(0x20);
      bytes[at] = 10;
      bytes[length] = 10;
      for (let from = 0; from <= length; from++) {
        assert.equal(
          lineFeed(bytes, from, length),
          from <= at ? at : -1,
          `${from} ${at} ${length}`,
        );
      }
    }
  }
  const random = new Random(5);
  const noise = Uint8Array.from({ length: 4000 }, () => random.below(256));
  for (let from = 0; from < noise.length; from += 3) {
    assert.equal(lineFeed(noise, from, noise.length), noise.indexOf(10, from));
    assert.equal(
      lineFeed(noise.subarray(7), from, noise.length - 7),
      noise.subarray(7).indexOf(10, from),
    );
  }
  const line = text("ab\r\n\r\n\n");
  assert.deepEqual([lineEnd(line, 0, 3), lineEnd(line, 4, 5), lineEnd(line, 6, 6)], [2, 4, 6]);
});

Deno.test("request lines: method, target, version", () => {
  const parts = (line: string) => {
    const [isRequest, part] = read(line, parseRequestLine);
    const { methodEnd, targetAt, targetEnd, minor } = requestLine;
    return isRequest ? [part(2, methodEnd), part(targetAt, targetEnd), minor] : null;
  };
  assert.deepEqual(parts("GET / HTTP/1.1"), ["GET", "/", 1]);
  assert.deepEqual(parts("M-SEARCH * HTTP/1.0"), ["M-SEARCH", "*", 0]);
  assert.deepEqual(parts("GET  /a b?c=d  HTTP/1.1 "), ["GET", "/a b?c=d", 1]);
  assert.deepEqual(parts("CONNECT a:443 HTTP/1.1"), ["CONNECT", "a:443", 1]);
  for (
    const line of [
      "",
      "GET",
      "GET /",
      "GET HTTP/1.1",
      "GET  HTTP/1.1",
      " GET / HTTP/1.1",
      "GET / HTTP/2.0",
      "GET / HTTP/1.",
      "GET / HTTP/1.x",
      "GET / http/1.1",
      "GET /HTTP/1.1",
      "GET\t/ HTTP/1.1",
      `${"G".repeat(33)} / HTTP/1.1`,
    ]
  ) assert.equal(parts(line), null, line);
});

Deno.test("request lines with the odd versions that servers answer", () => {
  const minors: Record<string, number | null> = {
    "HTTP/1.0.8": 0,
    "HTTP/1.10": 1,
    "HTTP/1.99": 1,
    "HTTP/1.01": 1,
    "HTTP/1.9": 1,
    "ICE/1.0": 0,
    "ICY/1.1": 1,
    "HTTP/0.9": 0,
    "HTTP/01.1": 1,
    "HTTP/1": 1,
    "HTTP/2": null,
    "HTTP/": null,
    "HTTP/1.": null,
    "HTTP/1..1": null,
    "HTTP/1.1x": null,
    "HTTP/1.10000000000": null,
    "RTSP/1.0": null,
    "SIP/2.0": null,
  };
  for (const [version, minor] of Object.entries(minors)) {
    const [isRequest] = read(`GET /a ${version}`, parseRequestLine);
    assert.equal(isRequest ? requestLine.minor : null, minor, version);
  }
});

Deno.test("a request line without a version is one if a field follows", () => {
  const request = (line: string) => read(line, looksLikeRequest)[0];
  assert.equal(request("GET /a\r\nHost: b.example\r\n"), 1);
  assert.equal(request("HEAD /a?b=c \nX-Y:\r\n"), 1);
  for (const part of ["GET /a\r\n", "GET /a\r\nHos", "GET /a\r\nHost"]) {
    assert.equal(request(part), NEED_MORE, part);
  }
  for (
    const other of [
      "GET /a\r\n\r\n",
      "GET /a\r\nGET /b\r\n",
      "GET /a b\r\nHost: c\r\n",
      "GET a\r\nHost: c\r\n",
      "LIST /a\r\nHost: c\r\n",
      "GETS /a\r\nHost: c\r\n",
    ]
  ) assert.equal(request(other), NOT_MINE, other);
});

Deno.test("status lines: three digits, with or without a reason", () => {
  const status = (line: string) => read(line, parseStatusLine)[0];
  assert.equal(status("HTTP/1.1 200 OK"), 200);
  assert.equal(status("HTTP/1.0 404"), 404);
  assert.equal(status("HTTP/1.1 503 "), 503);
  assert.equal(status("HTTP/1.1  301 Moved"), 301);
  assert.equal(status("HTTP/1.1 999 X"), 999);
  assert.equal(status("HTTP/2 200 OK"), 200);
  assert.equal(status("ICY 200 OK"), 200);
  assert.equal(status("ICE/1.0 200 OK"), 200);
  assert.equal(status("HTTP/1.1 200ok"), 200);
  assert.equal(status("HTTP/1.10 404 Not Found"), 404);
  for (
    const line of [
      "",
      "HTTP/1.1",
      "HTTP/1.1 20",
      "HTTP/1.1 2000",
      "HTTP/1.1 2x0 OK",
      "HTTX/1.1 200 OK",
    ]
  ) assert.equal(status(line), 0, line);
});

Deno.test("an incomplete message needs more bytes until it cannot become one", () => {
  const request = (line: string) => read(line, looksLikeRequest)[0];
  assert.equal(request("GET / HTTP/1.1\r\n"), 1);
  assert.equal(request("GET / HTTP/1.1\n"), 1);
  assert.equal(request("\r\n\nGET / HTTP/1.1\n"), 1);
  for (const part of ["G", "GET", "GET ", "GET /", "GET / HTTP/1.1", "GET / HTTP/1.1\r", "\r\n"]) {
    assert.equal(request(part), NEED_MORE, part);
  }
  for (const other of [" ", "GET\r\n", "GET a\r\n", "GET \x00", "\x16\x03\x01", "{}", ":"]) {
    assert.equal(request(other), NOT_MINE, other);
  }
  const response = (line: string) => read(line, looksLikeResponse)[0];
  for (
    const whole of ["HTTP/1.1 200", "HTTP/1.10 200ok", "HTTP/1.0.8  404", "ICY 200", "ICE/1.0 200"]
  ) {
    assert.equal(response(whole), 1, whole);
  }
  for (const part of ["H", "HTTP/1.", "HTTP/1.1", "HTTP/1.1 20", "IC", "ICY ", "ICE/1.0 2"]) {
    assert.equal(response(part), NEED_MORE, part);
  }
  for (const other of ["HTTP/2", "HTTQ", "HTTP/1.1 OK!", "HTTP/1.1200 OK", "ICQ", "HTTP/1. 200"]) {
    assert.equal(response(other), NOT_MINE, other);
  }
});

Deno.test("fields are recognised in upper and lower case, values come without spaces", () => {
  const field = (line: string) => {
    const [kind, part] = read(line, fieldOf);
    return kind === Field.OTHER ? null : [kind, part(fieldValue.at, fieldValue.end)];
  };
  assert.deepEqual(field("Host: a.example"), [Field.HOST, "a.example"]);
  assert.deepEqual(field("hOsT:\t a.example \t"), [Field.HOST, "a.example"]);
  assert.deepEqual(field("Host : a"), [Field.HOST, "a"]);
  assert.deepEqual(field("Host:"), [Field.HOST, ""]);
  assert.deepEqual(field("CONTENT-LENGTH:5"), [Field.CONTENT_LENGTH, "5"]);
  assert.deepEqual(field("Transfer-Encoding: chunked"), [Field.TRANSFER_ENCODING, "chunked"]);
  assert.deepEqual(field("content-type: a: b"), [Field.CONTENT_TYPE, "a: b"]);
  assert.deepEqual(field("user-Agent: x"), [Field.USER_AGENT, "x"]);
  assert.deepEqual(field("Upgrade: h2c"), [Field.UPGRADE, "h2c"]);
  assert.deepEqual(field("  folded "), [Field.FOLDED, "folded"]);
  for (const line of ["Hosts: a", "Host", "X-Host: a", "", "Content-Lengthy: 5", "Host\x00: a"]) {
    assert.equal(field(line), null, line);
  }
});

Deno.test("numbers in fields and chunks, and words in lists", () => {
  const number = (value: string) => read(value, decimal)[0];
  assert.deepEqual(["0", "42", "+7", "42, 42", "9007199254740991"].map(number), [
    0,
    42,
    7,
    42,
    9007199254740991,
  ]);
  assert.deepEqual(["", "x", "-1", "9007199254740993", "9".repeat(400)].map(number), [
    -1,
    -1,
    -1,
    -1,
    -1,
  ]);
  const size = (value: string) => read(value, chunkSize)[0];
  assert.deepEqual(["0", "1a", "FF ", " 5", "5;a=b", "000010"].map(size), [0, 26, 255, 5, 5, 16]);
  assert.deepEqual(["", ";", "g", "-1", "F".repeat(20)].map(size), [-1, -1, -1, -1, -1]);
  const has = (value: string) => read(value, (...where) => lists(...where, "chunked"))[0];
  assert.deepEqual(["chunked", "gzip, CHUNKED", "chunk", "", "identity"].map(has), [
    true,
    true,
    false,
    false,
    false,
  ]);
});
