// What the synthetic connections say: HTTP/1.1, TLS 1.3, QUIC and DNS, as small as they come.

import { filler, text } from "../packets/bytes.ts";
import { dnsAnswer, dnsQuery } from "../packets/dns.ts";
import { clientHello, serverHello, tlsRecord } from "../packets/tls.ts";
