// Real servers for a lab: nginx for several names over HTTP and HTTPS, dnsmasq for their addresses.

import type { Lab } from "./lab.ts";
import { type Daemon, run, until } from "./process.ts";

/** The names that nginx answers for and dnsmasq knows. */
export const SITES = ["shop.test", "blog.test", "api.test"] as const;

/** One line of nginx's access log. */
export interface AccessLogEntry {
  readonly sport: number;
  readonly dport: number;
  readonly tls: string;
  /** The request line as sent. */
  readonly request: string;
  readonly host: string;
  readonly status: number;
  readonly requestBytes: string;
  /** Includes the framing of a chunked answer, and a 100 that went before. */
  readonly bodyBytes: number;
  readonly transferEncoding: string;
  readonly expect: string;
}

/** A certificate authority to throw away, and one certificate for all names of the lab. */
export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

export async function makeCertificates(directory: string): Promise<Certificates> {
  const at = (name: string) => `${directory}/${name}`;
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const names = [...SITES, "*.test", "localhost"].map((name) => `DNS:${name}`).join(",");
  await run([
    ...["openssl", "req", "-x509", ...newKey, "-days", "2", "-subj", "/CN=Lab CA"],
    ...["-keyout", at("ca.key"), "-out", at("ca.pem")],
  ]);
  await run([
    ...["openssl", "req", ...newKey, "-subj", "/CN=shop.test"],
    ...["-keyout", at("server.key"), "-out", at("server.csr")],
  ]);
  await Deno.writeTextFile(at("server.ext"), `subjectAltName=${names}\n`);
  await run([
    ...["openssl", "x509", "-req", "-in", at("server.csr"), "-days", "2", "-CAcreateserial"],
    ...["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-extfile", at("server.ext")],
    ...["-out", at("server.pem")],
  ]);
  return { authority: at("ca.pem"), certificate: at("server.pem"), key: at("server.key") };
}

const LOG_FORMAT = Object.entries(
  {
    sport: "$remote_port",
    dport: "$server_port",
    tls: '"$ssl_protocol"',
    request: '"$request"',
    host: '"$http_host"',
    status: "$status",
    requestBytes: '"$http_content_length"',
    bodyBytes: "$body_bytes_sent",
    transferEncoding: '"$sent_http_transfer_encoding"',
    expect: '"$http_expect"',
  } satisfies Record<keyof AccessLogEntry, string>,
).map(([key, value]) => `"${key}":${value}`).join(",");

const LISTEN = [80, 8080].map((port) => `listen ${port}; listen [::]:${port};`).join(" ") +
  " listen 443 ssl http2; listen [::]:443 ssl http2;";

function nginxConfiguration(directory: string, certificates: Certificates): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${directory}/temp-${kind};`).join("\n  ");
  const site = (name: string, isDefault: boolean) =>
    `server { ${isDefault ? LISTEN.replaceAll(/(ssl http2)?;/g, " $1 default_server;") : LISTEN}
    server_name ${name}; include ${directory}/site.conf; }`;
  return `daemon off;
user root;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 512; }
http {
  ${temporary}
  types { text/html html; text/plain txt; application/json json; }
  log_format facts escape=json '{${LOG_FORMAT}}';
  access_log ${directory}/access.jsonl facts;
  ssl_certificate ${certificates.certificate};
  ssl_certificate_key ${certificates.key};
  ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
  ssl_ciphers DEFAULT:@SECLEVEL=0;
  server { listen 127.0.0.1:81; access_log off; return 204; }
  ${site("_", true)}
  ${SITES.map((name) => site(name, false)).join("\n  ")}
}
`;
}

/** /delay answers 401 after 300 ms; /slow/ takes its time over the body. */
const SITE = `root DIRECTORY/www;
location = /empty { return 204; }
location = /form { return 200 "thank you\\n"; }
location = /moved { return 301 /; }
location = /error { return 500 "broken\\n"; }
location = /delay { auth_delay 300ms; auth_basic lab; auth_basic_user_file DIRECTORY/nobody; }
location /slow/ { alias DIRECTORY/www/; limit_rate 20k; }
location /chunked/ { alias DIRECTORY/www/; ssi on; ssi_types *; }
location /gzip/ { alias DIRECTORY/www/; gzip on; gzip_min_length 0; gzip_types *; }
location /upload/ { root DIRECTORY; dav_methods PUT DELETE; client_max_body_size 1m; }
`;

async function writeSite(directory: string): Promise<void> {
  await Deno.mkdir(`${directory}/www`, { recursive: true });
  await Deno.mkdir(`${directory}/upload`, { recursive: true });
  await Deno.writeTextFile(`${directory}/nobody`, "");
  await Deno.writeTextFile(`${directory}/site.conf`, SITE.replaceAll("DIRECTORY", directory));
  const line = (i: number) => `line ${i} of a text that is long enough to be cut up\n`;
  const text = (lines: number) => Array.from({ length: lines }, (_, i) => line(i)).join("");
  await Deno.writeTextFile(`${directory}/www/index.html`, "<p>hello from the lab</p>\n");
  await Deno.writeTextFile(`${directory}/www/page.html`, text(20));
  await Deno.writeTextFile(`${directory}/www/data.json`, '{"answer":42}\n');
  await Deno.writeTextFile(`${directory}/www/long.txt`, text(150));
  await Deno.writeTextFile(`${directory}/www/longer.txt`, text(600));
}

export class Nginx {
  readonly certificates: Certificates;
  readonly #log: string;

  private constructor(log: string, certificates: Certificates) {
    this.#log = log;
    this.certificates = certificates;
  }

  /** Starts nginx in the server's namespace and waits until it answers. */
  static async start(lab: Lab): Promise<Nginx> {
    const directory = `${lab.directory}/nginx`;
    await Deno.mkdir(directory);
    const certificates = await makeCertificates(directory);
    await writeSite(directory);
    const configuration = nginxConfiguration(directory, certificates);
    await Deno.writeTextFile(`${directory}/nginx.conf`, configuration);
    const daemon = lab.server.start(
      ["nginx", "-p", directory, "-c", `${directory}/nginx.conf`, "-e", `${directory}/error.log`],
    );
    const probe = ["curl", "-s", "-o", `${directory}/probe`, "http://127.0.0.1:81/"];
    await until("nginx answers", async () => {
      if (!daemon.running) throw new Error(`nginx ended: ${daemon.stderr}`);
      return (await lab.server.run(probe, { mayFail: true })).code === 0;
    });
    return new Nginx(`${directory}/access.jsonl`, certificates);
  }

  /** What was asked for since the last call. */
  async takeLog(): Promise<AccessLogEntry[]> {
    const text = await Deno.readTextFile(this.#log);
    await Deno.truncate(this.#log);
    return text.split("\n").filter(Boolean).map((line) => JSON.parse(line) as AccessLogEntry);
  }
}

/** Starts dnsmasq in the server's namespace: it knows `.test` and refuses everything else. */
export async function startDnsmasq(lab: Lab, more: readonly string[] = []): Promise<Daemon> {
  const { ipv4, ipv6 } = lab.server;
  // One text of several strings: too long for one packet on a short MTU.
  const long = Array.from({ length: 6 }, (_, i) => `${i}`.repeat(200)).join(",");
  const daemon = lab.server.start([
    ...["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"],
    ...["--user=root", "--pid-file=", "--log-facility=-", "--local=/test/", "--cache-size=0"],
    ...["--edns-packet-max=4096", "--no-daemon"],
    ...SITES.flatMap((name) => [`--host-record=${name},${ipv4},${ipv6}`]),
    ...["--cname=www.shop.test,shop.test", "--mx-host=shop.test,mail.shop.test,10"],
    ...["--txt-record=shop.test,v=lab", `--txt-record=long.test,${long}`],
    ...[
      "--srv-host=_http._tcp.shop.test,shop.test,80",
      "--ptr-record=2.0.77.10.in-addr.arpa,shop.test",
    ],
    ...more,
  ]);
  await daemon.waitFor(/started, version/);
  return daemon;
}
