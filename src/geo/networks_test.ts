import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { keepFresh } from "./keep_fresh.ts";
import { openNetworks } from "./networks.ts";
import { buildDatabase, type Value, withFile } from "./testing.ts";

const database = (record: Value, type = "GeoLite2-ASN"): Uint8Array =>
  buildDatabase(type, 6, [["1.2.3.0/24", record]]);

const EXAMPLE = {
  "autonomous_system_number": 64500,
  "autonomous_system_organization": "Example",
};

Deno.test("databases of every usual shape give number and organisation", () => {
  const shapes: readonly (readonly [Value, number, string])[] = [
    [EXAMPLE, 64500, "Example"],
    [{ asn: "AS64501", name: "Example\x1b[2J", domain: "a.test" }, 64501, "Example[2J"],
    [{ asn: "AS64502", as_name: "Lite" }, 64502, "Lite"],
    [{ asn: "none" }, 0, ""],
    ["text only", 0, ""],
  ];
  for (const [record, asn, organisation] of shapes) {
    withFile(database(record, "any"), (file) => {
      const networks = openNetworks(file);
      assert.deepEqual(networks.network("1.2.3.4"), { asn, organisation });
      assert.deepEqual(networks.network("5.6.7.8"), { asn: 0, organisation: "" });
      assert.deepEqual(networks.network("other"), { asn: 0, organisation: "" });
    });
  }
});

Deno.test("a database of places is none of networks, which one line says", () => {
  withFile(database({}, "GeoLite2-City"), (file) => {
    assert.throws(() => openNetworks(file), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /holds no networks, it is a GeoLite2-City .* --asn-db$/);
      return true;
    });
  });
  assert.throws(() => openNetworks("/"), /Cannot read the database "\/": it is a folder/);
});

Deno.test("a database is read anew when it was replaced, or written to", () => {
  withFile(database(EXAMPLE), (file) => {
    const networks = openNetworks(file);
    const asn = () => networks.network("1.2.3.4").asn;
    assert.deepEqual([asn(), networks.refresh()], [64500, false]);
    const update = `${file}.new`;
    Deno.writeFileSync(update, database({ asn: "AS1" }));
    Deno.renameSync(update, file);
    assert.deepEqual([asn(), networks.refresh(), asn()], [64500, true, 1]);
    Deno.writeFileSync(file, database({ asn: "AS22", name: "longer" }));
    assert.deepEqual([networks.refresh(), asn(), networks.refresh()], [true, 22, false]);
  });
});

Deno.test("while a new database cannot be read the old one is used, which is said once", () => {
  withFile(database(EXAMPLE), (file) => {
    const networks = openNetworks(file);
    const warnings: string[] = [];
    const fresh = keepFresh(networks, (message) => warnings.push(message));
    Deno.writeFileSync(file, database({ asn: "AS1" }).slice(0, -30));
    fresh.refresh();
    fresh.refresh();
    assert.equal(networks.network("1.2.3.4").asn, 64500);
    assert.match(warnings.join("\n"), /^"[^"]+" is not a database of networks.* still used$/);
    Deno.writeFileSync(file, database({ asn: "AS1" }));
    fresh.refresh();
    assert.equal(networks.network("1.2.3.4").asn, 1);
    Deno.renameSync(file, `${file}.old`);
    fresh.refresh();
    Deno.renameSync(`${file}.old`, file);
    assert.equal(warnings.length, 1);
    fresh.stop();
  });
});
