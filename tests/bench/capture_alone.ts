// webstat's capture without anything that looks into the packets: what they cost before they are decoded.
//
//   capture_alone.ts INTERFACE BUFFER_MIB     until SIGINT; then prints what came and what was dropped

import { openLive } from "../../src/capture/live.ts";

const [name, mebibytes] = Deno.args;
const source = openLive({
  interfaces: [name!],
  filter: null,
  snaplen: 0,
  bufferSize: Number(mebibytes) << 20,
  promiscuous: true,
  warn: () => {},
});
Deno.addSignalListener("SIGINT", () => source.stop());
print("listening");
let packets = 0;
for (let batch; (batch = await source.read()) !== null;) packets += batch.count;
print(JSON.stringify({ packets, dropped: source.drops()[0]!.kernel }));
source.close();
Deno.exit(0);

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
