// stunnel, which speaks the beginning of other protocols to agree on TLS: STARTTLS and its likes.

import type { Lab } from "./lab.ts";
import { until } from "./process.ts";
import type { Certificates } from "./servers.ts";

/** What `openssl s_client -starttls` calls the protocol, what stunnel does, and the first words of its server. */
const PROTOCOLS = {
  smtp: { called: "smtp", port: 2525, words: "220 mail.test ESMTP\r\n" },
  imap: {
    called: "imap",
    port: 2143,
    words: "* OK ready\r\n* CAPABILITY IMAP4rev1\r\n. OK that is all\r\n",
  },
  pop3: { called: "pop3", port: 2110, words: "+OK ready\r\n" },
  postgres: { called: "pgsql", port: 2432, words: "" },
} as const;

export type StartTls = keyof typeof PROTOCOLS;

export const START_TLS = Object.keys(PROTOCOLS) as readonly StartTls[];

/** Starts stunnel at the server, before servers that say their first words and then repeat what they hear. */
export async function startStunnel(lab: Lab, certificates: Certificates): Promise<void> {
  const folder = `${lab.directory}/stunnel`;
  await Deno.mkdir(folder);
  const services: string[] = [];
  for (const [name, { called, port, words }] of Object.entries(PROTOCOLS)) {
    await Deno.writeTextFile(`${folder}/${name}`, words);
    const socket = `${folder}/${name}.socket`;
    lab.server.start(["socat", `UNIX-LISTEN:${socket},fork`, `EXEC:cat ${folder}/${name} -`]);
    await until("socat listens", () => Deno.stat(socket).then(() => true, () => false));
    services.push(
      `[${name}]\naccept = :::${port}\nprotocol = ${called}\nconnect = ${socket}\n`,
    );
  }
  const { certificate, key } = certificates;
  const own = `foreground = yes\npid =\nsyslog = no\ncert = ${certificate}\nkey = ${key}\n`;
  await Deno.writeTextFile(`${folder}/stunnel.conf`, own + services.join(""));
  const stunnel = lab.server.start(["stunnel", `${folder}/stunnel.conf`]);
  await stunnel.waitFor(/Configuration successful/);
}

/** A client at the client's side that names `host` in its ClientHello; returns the version agreed on. */
export async function startTls(lab: Lab, protocol: StartTls, host: string): Promise<string> {
  const { stdout, stderr } = await lab.client.run([
    ...["openssl", "s_client", "-connect", `${lab.server.ipv4}:${PROTOCOLS[protocol].port}`],
    ...["-starttls", protocol, "-servername", host, "-brief"],
  ], { input: "", mayFail: true });
  // Which of the two it says it on depends on openssl's version.
  const said = stdout + stderr;
  return said.match(/Protocol version: TLSv(\S+)/)?.[1] ?? said;
}
