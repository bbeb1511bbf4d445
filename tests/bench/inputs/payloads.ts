// What the synthetic connections say, as messages into which the number of a host can be put: all
// hosts have names of the same length, so that nothing has to be built anew for each.

import {
  clientHelloOf,
  cryptoFrame,
  initialPacket,
} from "../../../src/protocols/quic/quic_samples.ts";
import { padded, serverInitial } from "../../../src/protocols/quic/quic_samples.ts";
import { concat, filler, text } from "../../packets/bytes.ts";
import { dnsAnswer, dnsQuery } from "../../packets/dns.ts";
import { httpRequest, httpResponse } from "../../packets/http.ts";
import { clientHello, serverHello, tlsApplicationData, tlsRecords } from "../../packets/tls.ts";

const DIGITS = 5;
/** The label of host 0: what is looked for in a message to find the place of the number. */
const LABEL = "site-00000";

export const hostName = (host: number): string => `www.site-${digits(host)}.example`;

const digits = (host: number): string => String(host).padStart(DIGITS, "0");

/** Bytes that may name a host. */
export class Message {
  readonly bytes: Uint8Array;
  /** Where the digits stand; empty where no host is named. */
  readonly #places: readonly number[];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    const label = text(LABEL);
    const places: number[] = [];
    for (let at = 0; at + label.length <= bytes.length; at++) {
      if (label.every((byte, i) => bytes[at + i] === byte)) {
        places.push(at + LABEL.length - DIGITS);
      }
    }
    this.#places = places;
  }

  /** The bytes with the name of `host`; valid until the next call. */
  naming(host: number): Uint8Array {
    for (const at of this.#places) {
      let rest = host;
      for (let i = DIGITS - 1; i >= 0; i--) {
        this.bytes[at + i] = 0x30 + rest % 10;
        rest = Math.floor(rest / 10);
      }
    }
    return this.bytes;
  }
}

const HEADERS = {
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "Accept-Encoding": "gzip, deflate, br",
  "Connection": "keep-alive",
};

export const request = (target: string): Message =>
  new Message(httpRequest({ host: hostName(0), target, headers: HEADERS }));

/** An answer whose body has `length` bytes. */
export const answer = (length: number): Message =>
  new Message(httpResponse({
    headers: {
      "Server": "nginx",
      "Date": "Tue, 14 Nov 2023 22:13:20 GMT",
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-cache",
    },
    body: filler(length),
  }));

export const TLS = {
  hello: new Message(
    tlsRecords(clientHello({ serverName: hostName(0), alpn: ["h2", "http/1.1"] })),
  ),
  /** ServerHello and the encrypted rest of the handshake. */
  answer: new Message(concat(tlsRecords(serverHello()), tlsApplicationData(400))),
  data: (length: number): Message => new Message(tlsApplicationData(length)),
};

export const DNS = {
  query: new Message(dnsQuery({ name: hostName(0), edns: true })),
  answer: new Message(dnsAnswer({ name: hostName(0), addresses: ["192.0.2.1"], edns: true })),
};

/** Initial packets are encrypted, each costs some time to make: only the first hosts have one. */
export const QUIC_HOSTS = 256;

const QUIC_DATAGRAM = 1200;

/** A client's Initial for each of QUIC_HOSTS; made at the first call. */
export function quicHellos(): readonly Uint8Array[] {
  return Array.from({ length: QUIC_HOSTS }, (_, host) => {
    const frames = cryptoFrame(0, clientHelloOf(hostName(host)));
    return initialPacket({ frames: padded(frames, QUIC_DATAGRAM - 38) });
  });
}

export const quicAnswer = (): Uint8Array => serverInitial();

/** A packet with a short header, encrypted as far as a bystander can tell. */
export const quicData = (length: number): Message =>
  new Message(concat(Uint8Array.of(0x45), filler(length - 1)));
