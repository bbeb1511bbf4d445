import assert from "node:assert/strict";
import { extracted, extractionText, formatOf, readExtraction } from "./extraction.ts";
import { exampleHost, hitsBy } from "./example.ts";

const HOST = exampleHost("shop.test", {
  hits: hitsBy({ http: 5, dns: 2 }),
  addresses: [
    { ip: "", hits: hitsBy({ dns: 2 }) },
    { ip: "192.0.2.1", hits: hitsBy({ http: 1 }) },
    { ip: "192.0.2.2", hits: hitsBy({ http: 4 }) },
  ],
});

const place = (ip: string) => ({
  city: ip.endsWith(".2") ? 'Fran"kfurt, Main' : "Oslo",
  country: "",
});

Deno.test("a host is told with the address and the city that were hit most", () => {
  assert.deepEqual(extracted(HOST, 3, { ip: false, place: null }), {
    index: 3,
    domain: "shop.test",
    hits: 7,
    ip: "192.0.2.2",
    city: "",
  });
  assert.equal(extracted(HOST, 3, { ip: false, place }).city, 'Fran"kfurt, Main');
});

Deno.test("the ending of the name tells the format", () => {
  const hosts = [extracted(HOST, 3, { ip: false, place })];
  assert.equal(
    extractionText(hosts, formatOf("a/picked.txt")),
    'INDEX\tDOMAIN\tHITS\tIP\tCITY\n3\tshop.test\t7\t192.0.2.2\tFran"kfurt, Main\n',
  );
  assert.equal(
    extractionText(hosts, formatOf("picked.CSV")),
    'INDEX,DOMAIN,HITS,IP,CITY\r\n3,shop.test,7,192.0.2.2,"Fran""kfurt, Main"\r\n',
  );
  assert.deepEqual(JSON.parse(extractionText(hosts, formatOf("picked.json"))), hosts);
});

Deno.test("a name from the wire is no formula to a spreadsheet", () => {
  const names = ['=HYPERLINK("http://x")', "+1.test", "-1.test", "@sum.test", "1=1.test"];
  const hosts = names.map((name) => extracted(exampleHost(name), 1, { ip: false, place: null }));
  const cells = extractionText(hosts, "csv").split("\r\n").slice(1, -1)
    .map((line) => line.slice("1,".length, -",0,,".length));
  assert.deepEqual(cells, [
    `"'=HYPERLINK(""http://x"")"`,
    "'+1.test",
    "'-1.test",
    "'@sum.test",
    "1=1.test",
  ]);
});

Deno.test("what was written is read as it was, and nothing else is", () => {
  const names = ["shop.test", "=1.test", 'a"b,c.test', "'x.test", "-1.test"];
  const hosts = names.map((name, i) => extracted({ ...HOST, name }, i, { ip: false, place }));
  for (const format of ["tsv", "csv", "json"] as const) {
    const text = extractionText(hosts, format);
    assert.deepEqual(readExtraction(text, format), hosts, format);
    assert.deepEqual(readExtraction(extractionText([], format), format), [], format);
    assert.deepEqual(readExtraction("", format), []);
    const others = ["notes\n", "INDEX\tDOMAIN\n", "[1]", "{}", "[{}]", `${text}\nx`, "\0\x01", '"'];
    for (const other of others) assert.equal(readExtraction(other, format), null, other);
    for (const each of ["tsv", "csv", "json"] as const) {
      if (each !== format) assert.equal(readExtraction(text, each), null);
    }
  }
  assert.deepEqual(
    readExtraction(extractionText(hosts, "tsv").replaceAll("\n", "\r\n"), "tsv"),
    hosts,
  );
});
