// What doctor says of a webstat that runs beside it.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { makeCertificates } from "../lab/servers.ts";
import { endToEnd, startSniff, WEBSTAT } from "./webstat.ts";

/** Of the password "U*U". */
const HASH = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

interface Finding {
  readonly check: string;
  readonly state: string;
  readonly message: string;
}

endToEnd("doctor: a webstat with TLS or a password is no stranger on the port", async (t) => {
  await using lab = await Lab.create();
  const { client } = lab;
  const { certificate, key } = await makeCertificates(lab.directory);
  const tls = `tls_server_config: { cert_file: ${certificate}, key_file: ${key} }\n`;
  const password = `basic_auth_users: { me: "${HASH}" }\n`;
  const asked = tls.replace(
    " }\n",
    `, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ${certificate} }\n`,
  );
  const file = `${lab.directory}/web.yml`;
  const cases = [
    ["nothing", "", /^webstat serves http:/, /^\d+ packets, none dropped$/],
    ["TLS", tls, /^webstat serves https:/, /^not looked at: .* TLS or a password$/],
    ["a password", password, /^webstat serves http:/, /^not looked at: .* TLS or a password$/],
    ["certificates of clients", asked, /^webstat serves https:/, /^not looked at: .* TLS/],
    ["both", tls + password, /^webstat serves https:/, /^not looked at: .* TLS or a password$/],
  ] as const;
  for (const [name, config, port, capture] of cases) {
    await t.step(`with ${name}`, async () => {
      await Deno.writeTextFile(file, config);
      const sniffer = await startSniff(client, ["-i", client.interface, "--web-config", file]);
      const { stdout } = await client.run([WEBSTAT, "doctor", "--json"], { mayFail: true });
      const found = JSON.parse(stdout) as Finding[];
      const of = (check: string) => found.find((each) => each.check === check)!;
      assert.deepEqual([of("port").state, of("capture").state], ["ok", "ok"]);
      assert.match(of("port").message, port);
      assert.match(of("capture").message, capture);
      assert.match(of("link type").message, /lan0: Ethernet/);
      await sniffer.daemon.stop("SIGINT");
    });
  }
});
