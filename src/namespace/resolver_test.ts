import assert from "node:assert/strict";
import { namespaceResolver } from "./resolver.ts";

Deno.test("a resolver of the network stays; one of the loopback is forwarded", () => {
  assert.equal(namespaceResolver("nameserver 192.0.2.1\nnameserver 127.0.0.1\n"), null);
  assert.equal(namespaceResolver(""), null);
  assert.equal(
    namespaceResolver("# made by systemd\nnameserver 127.0.0.53\noptions edns0\nsearch a.test\n"),
    "nameserver 169.254.53.53\n# made by systemd\noptions edns0\nsearch a.test\n",
  );
  assert.equal(
    namespaceResolver("  nameserver ::1\nnameserver 192.0.2.1\n"),
    "nameserver 169.254.53.53\n",
  );
});
