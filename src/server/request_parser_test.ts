import assert from "node:assert/strict";
import { fuzz } from "../../tests/packets/random.ts";
import { headEnd, MAX_HEAD, parseHead } from "./request_parser.ts";

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

const REQUESTS = [
  "GET /metrics?a=b HTTP/1.1\r\nHost: localhost:8000\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n",
  "HEAD http://[::1]:8000/healthz HTTP/1.0\n\n",
  "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\nAuthorization: Basic YTpi\r\n\r\n",
];

Deno.test("a request's head is taken apart", () => {
  assert.deepEqual(parseHead(bytes(REQUESTS[0]!)), {
    method: "GET",
    path: "/metrics",
    query: "a=b",
    host: "localhost",
    fields: new Map([
      ["host", "localhost:8000"],
      ["accept-encoding", "gzip"],
      ["connection", "close"],
    ]),
    keepAlive: false,
  });
  const [head, post] = [parseHead(bytes(REQUESTS[1]!)), parseHead(bytes(REQUESTS[2]!))];
  assert.ok(typeof head !== "number" && typeof post !== "number");
  assert.deepEqual([head.path, head.host, head.keepAlive], ["/healthz", "::1", false]);
  assert.equal(post.keepAlive, false, "its body is not read");
});

Deno.test("a head is whole at its empty line, and not before", () => {
  for (const request of REQUESTS) {
    const all = bytes(request + "GET");
    for (let end = 0; end < request.length; end++) assert.equal(headEnd(all.subarray(0, end)), -1);
    assert.equal(headEnd(all), request.length);
  }
});

Deno.test("whatever a client sends, it is a request or a status", () => {
  fuzz(REQUESTS.map(bytes), 5000, (mutated) => {
    const end = headEnd(mutated);
    assert.ok(end === -1 || end > 1 && end <= mutated.length);
    const request = parseHead(mutated);
    if (typeof request === "number") return assert.ok(request === 400 || request === 505);
    assert.match(request.path, /^[!-~]+$/);
    assert.match(request.method, /^[!-~]+$/);
    for (const value of request.fields.values()) assert.doesNotMatch(value, /[\r\n\0]/);
  });
});

Deno.test("blanks around a value are no part of it", () => {
  const request = parseHead(
    bytes("GET / HTTP/1.1\r\nHost: \t a \t\r\nX:\r\nConnection: \tclose , b\r\n\r\n"),
  );
  assert.ok(typeof request !== "number");
  const fields = [["host", "a"], ["x", ""], ["connection", "close , b"]] as const;
  assert.deepEqual(request.fields, new Map(fields));
  assert.equal(request.keepAlive, false);
});

Deno.test("the longest head takes no time, whatever is in it", () => {
  const blanks = " \t".repeat(MAX_HEAD / 2 - 50);
  const lines = [
    `X:${blanks}\0`,
    `X:a${blanks}b`,
    `Connection:a${blanks}b`,
    `${blanks}:`,
    `X:${blanks}`,
  ];
  const begun = performance.now();
  for (const line of lines) parseHead(bytes(`GET / HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n`));
  assert.ok(performance.now() - begun < 100, `${performance.now() - begun} ms`);
});

Deno.test("a request whose body has no clear end is refused", () => {
  const head = (...fields: string[]) =>
    parseHead(bytes(["POST / HTTP/1.1", "Host: a", ...fields, "", ""].join("\r\n")));
  for (const length of ["-3", "+3", "abc", "", "9".repeat(20), "3, 4"]) {
    assert.equal(head(`Content-Length: ${length}`), 400, length);
  }
  assert.equal(head("Content-Length: 3", "Content-Length: 4"), 400);
  assert.equal(head("Content-Length: 3", "Transfer-Encoding: chunked"), 400);
  assert.equal(head("Transfer-Encoding: xchunked"), 400);
  for (const field of ["Content-Length: 3", "Transfer-Encoding: Chunked"]) {
    assert.equal(typeof head(field), "object", field);
  }
});
