import assert from "node:assert/strict";
import { domainOf, domainsBy } from "./domains.ts";

Deno.test("the main domain is what someone registered", () => {
  for (
    const [host, domain] of [
      ["news.bbc.co.uk", "bbc.co.uk"],
      ["bbc.co.uk", "bbc.co.uk"],
      ["co.uk", "co.uk"],
      ["a.b.example.com", "example.com"],
      ["_http._tcp.shop.test", "shop.test"],
      ["localhost", "localhost"],
      ["10.1.2.3", "10.1.2.3"],
      ["2001:db8::1", "2001:db8::1"],
      ["2.0.77.10.in-addr.arpa", "10.in-addr.arpa"],
      ["a\\u{1b}[2j.example.com", "example.com"],
      ["~other", "~other"],
      ["", ""],
    ] as const
  ) {
    assert.equal(domainOf(host), domain, host);
  }
});

Deno.test("with private suffixes it is what those who give names away have given", () => {
  assert.equal(domainOf("user.github.io"), "github.io");
  const { domainOf: privateDomainOf, registrableDomain } = domainsBy(true);
  assert.equal(privateDomainOf("www.user.github.io"), "user.github.io");
  assert.equal(privateDomainOf("news.bbc.co.uk"), "bbc.co.uk");
  assert.equal(registrableDomain("github.io"), null);
});
