// A certificate for servers of tests.

import { run } from "../lab/process.ts";

/** A certificate of a host, as PEM files "cert.pem" and "key.pem". */
export async function makeCertificate(folder: string, host = "localhost"): Promise<void> {
  await run([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ...["-nodes", "-days", "2", "-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`],
    // Else some clients take it for an authority, which may not be a server.
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`],
  ]);
}
