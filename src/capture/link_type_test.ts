import assert from "node:assert/strict";
import { toCString } from "../../ffi/library.ts";
import { libc } from "../../ffi/libc.ts";
import { libpcap } from "../../ffi/libpcap.ts";
import { toDataLink, toLinkType } from "./link_type.ts";

/** What libpcap writes into a capture file's header for `dataLink`; null where it has no LINKTYPE_. */
function linkTypeByLibpcap(dataLink: number): number | null {
  const c = libpcap();
  const file = new Uint8Array(64);
  const stream = libc().fmemopen(file, BigInt(file.length), toCString("w"));
  const pcap = c.pcap_open_dead(dataLink, 65535);
  const dumper = c.pcap_dump_fopen(pcap, stream);
  c.pcap_close(pcap);
  if (dumper === null) {
    libc().fclose(stream);
    return null;
  }
  c.pcap_dump_close(dumper);
  return new DataView(file.buffer).getUint32(20, true);
}

Deno.test("toLinkType() agrees with libpcap's own table", () => {
  for (let dataLink = 0; dataLink < 300; dataLink++) {
    const expected = linkTypeByLibpcap(dataLink);
    // libpcap has no LINKTYPE_ for some; there webstat's decoders have none either.
    if (expected !== null) assert.equal(toLinkType(dataLink), expected, `DLT ${dataLink}`);
  }
});

Deno.test("toDataLink() leads back to the same LINKTYPE_", () => {
  for (const linkType of [0, 1, 9, 100, 101, 102, 108, 113, 276]) {
    assert.equal(linkTypeByLibpcap(toDataLink(linkType)), linkType);
  }
});
