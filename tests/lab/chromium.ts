// chromium without a window: a browser that speaks HTTP/3.

import type { Lab } from "./lab.ts";
import { run } from "./process.ts";

export interface Visit {
  /** Where names of `.test` are, in the form of chromium's host resolver rules. */
  readonly resolve: readonly string[];
  /** Trusted by its key, whoever signed it. */
  readonly certificate: string;
  /** Further options. */
  readonly args?: readonly string[];
}

/** Opens one page at the client, with all that is on it; returns what it has become. */
export async function browse(lab: Lab, url: string, visit: Visit): Promise<string> {
  const profile = await Deno.makeTempDir({ dir: lab.directory });
  const { stdout } = await lab.client.run([
    ...["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"],
    ...["--disable-background-networking", "--disable-component-update"],
    `--user-data-dir=${profile}`,
    `--host-resolver-rules=${[...visit.resolve, "MAP * ~NOTFOUND"].join(", ")}`,
    `--ignore-certificate-errors-spki-list=${await keyHash(visit.certificate)}`,
    ...[...visit.args ?? [], "--dump-dom", url],
  ], { env: { HOME: profile }, timeout: 60_000 });
  return stdout;
}

/** The option that makes chromium speak QUIC to these (host:port) from the first packet on. */
export const speakQuicTo = (...servers: string[]): string =>
  `--origin-to-force-quic-on=${servers.join(",")}`;

async function keyHash(certificate: string): Promise<string> {
  const { stdout } = await run([
    "sh",
    "-c",
    `openssl x509 -in '${certificate}' -pubkey -noout |
    openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64`,
  ]);
  return stdout.trim();
}
