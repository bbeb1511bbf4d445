// The report of analyze in a file or a pipe, while its screen is on the terminal.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { Terminal } from "../lab/terminal.ts";
import { endToEnd, WEBSTAT } from "./webstat.ts";

const FIXTURE = decodeURIComponent(
  new URL("../fixtures/http1-keepalive.pcap", import.meta.url).pathname,
);
const COMMAND = `env -u NO_COLOR ${WEBSTAT} analyze --no-state -l 127.0.0.1:0 -r ${FIXTURE} --json`;

endToEnd("analyze --json: the report goes to a file or a pipe, the screen does not", async () => {
  await using lab = await Lab.create();
  await using terminal = await Terminal.open({ columns: 90, rows: 12 }, lab.client.inside([]));
  const before = await terminal.settings();
  for (const [i, into] of ["> ", "| tee "].entries()) {
    const file = `${lab.directory}/report-${i}.json`;
    await terminal.command(
      `clear; ${COMMAND} ${into}${file} ${i > 0 ? ">/dev/null" : ""}; echo "left with $?"`,
    );
    await terminal.waitFor(/shop\.test +7/, 20_000);
    // deno-lint-ignore no-control-regex
    assert.match(await terminal.coloured(), /\x1b\[[\d;]*32m/, "the chart is green");
    await terminal.type("q");
    await terminal.waitFor(/left with 0/);
    const report = JSON.parse(await Deno.readTextFile(file));
    assert.deepEqual(report.hosts.map(({ host }: { host: string }) => host).sort(), [
      "api.test",
      "blog.test",
      "shop.test",
    ]);
    assert.equal(await terminal.settings(), before);
  }
}, ["tmux"]);

endToEnd("analyze --json: the report is written, though the exported hosts cannot be", async () => {
  await using lab = await Lab.create();
  await using terminal = await Terminal.open({ columns: 90, rows: 12 }, lab.client.inside([]));
  const [home, file] = [`${lab.directory}/home`, `${lab.directory}/report.json`];
  const place = `${home}/.local/share/webstat`;
  await Deno.mkdir(place, { recursive: true });
  await Deno.writeTextFile(`${place}/extraction.tsv`, "notes\n");
  await terminal.command(`clear; env HOME=${home} ${COMMAND} > ${file}; echo "left with $?"`);
  await terminal.waitFor(/shop\.test +7/, 20_000);
  await terminal.type(" ");
  await terminal.waitFor(/●/);
  await terminal.type("q");
  await terminal.waitFor(/Quit\?/);
  await terminal.type("y");
  await terminal.waitFor(/is left unchanged[^]*left with 1/);
  assert.equal(JSON.parse(await Deno.readTextFile(file)).hosts.length, 3);
  assert.equal(await Deno.readTextFile(`${place}/extraction.tsv`), "notes\n");
}, ["tmux"]);
