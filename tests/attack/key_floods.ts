// Attacks on what decrypts: key logs that anybody may write to, and sessions that look as if their secrets
// were there.

import { ACK, PSH } from "../bench/inputs/frames.ts";
import { concat, filler, u16, u32 } from "../packets/bytes.ts";
import { clientHello, serverHello, tlsRecords } from "../packets/tls.ts";
import { each, type Flood } from "./flood.ts";

/** Where the random is in a hello: behind the headers of record and message, and the version. */
const RANDOM_AT = 11;
const APPLICATION_DATA = 23;
const LABELS = [
  "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  "SERVER_HANDSHAKE_TRAFFIC_SECRET",
  "CLIENT_TRAFFIC_SECRET_0",
  "SERVER_TRAFFIC_SECRET_0",
];

const hex = (number: number): string => number.toString(16).padStart(64, "0");

/** All lines that TLS 1.3 has for each of `count` sessions. */
function* forgedKeys(count: number): Generator<string> {
  for (let i = 0; i < count; i++) {
    for (const label of LABELS) yield `${label} ${hex(i)} ${hex(i + 1)}\n`;
  }
}

/** A hello whose random is `number`; the same bytes with each call. */
function numbered(hello: Uint8Array, number: number): Uint8Array {
  hello.fill(0, RANDOM_AT, RANDOM_AT + 32);
  hello.set(u32(number), RANDOM_AT + 28);
  return hello;
}

/** Records of application data that no key opens. */
const garbage = (count: number): Uint8Array =>
  concat(
    ...Array.from(
      { length: count },
      () => concat(Uint8Array.of(APPLICATION_DATA), u16(0x0303), u16(40), filler(40)),
    ),
  );

export const KEY_FLOODS: readonly Flood[] = [
  {
    name: "keys-forged",
    about: "a key log with ten forged sessions for each hello that comes",
    rate: 5000,
    size: 100_000,
    keys: (size) => forgedKeys(10 * size),
    write(wire, size) {
      const hello = tlsRecords(clientHello({ serverName: "forged.example" }));
      each(size, 443, (on, number) => wire.tcp(on, 0, PSH | ACK, numbered(hello, number)));
    },
  },
  {
    name: "tls-forged-records",
    about: "TLS sessions with secrets, and 30 records each that these do not decrypt",
    rate: 5000,
    size: 30_000,
    keys: forgedKeys,
    write(wire, size) {
      const hello = tlsRecords(clientHello({ serverName: "forged.example" }));
      const answer = tlsRecords(serverHello());
      const records = garbage(30);
      each(size, 443, (on, number) => {
        wire.tcp(on, 0, PSH | ACK, numbered(hello, number));
        wire.tcp(on, 1, PSH | ACK, answer);
        wire.stream(on, 0, records);
        wire.stream(on, 1, records);
      });
    },
  },
  {
    name: "tls-without-client",
    about: "answers to hellos that nobody sees, with more forged sessions than can be tried",
    rate: 5000,
    size: 50_000,
    keys: forgedKeys,
    write(wire, size) {
      const answer = concat(tlsRecords(serverHello()), garbage(5));
      each(size, 443, (on) => wire.tcp(on, 1, PSH | ACK, answer));
    },
  },
];
