// What a machine does to a process in its life: signals, full disks, closed streams, terminals that go.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { run, until } from "../lab/process.ts";
import { Terminal } from "../lab/terminal.ts";
import { assertRefused, endToEnd, fetchIn, startSniff, WEBSTAT } from "./webstat.ts";

const FIXTURE = decodeURIComponent(
  new URL("../fixtures/http1-keepalive.pcap", import.meta.url).pathname,
);

endToEnd("signals: reports on request, and the ways to end", async (t) => {
  await using lab = await Lab.create();
  const { client } = lab;
  const sniff = () => startSniff(client, ["-i", "lo", "-l", "127.0.0.1:0"]);

  await t.step(
    "SIGUSR1 reports, SIGHUP and SIGUSR2 do no harm, SIGTERM ends with a report",
    async () => {
      const { daemon, url } = await sniff();
      await fetchIn(client, `${url}/metrics`);
      await until("the request is in a report", async () => {
        daemon.signal("SIGUSR1");
        await daemon.waitFor(/packets, .* from lo/);
        return /^127\.0\.0\.1 +[1-9]/m.test(daemon.stderr);
      }, { every: 200 });
      daemon.signal("SIGHUP");
      daemon.signal("SIGUSR2");
      await daemon.waitFor(/files opened again/);
      assert.equal(daemon.stdout, "");
      const { code, stdout } = await daemon.stop("SIGTERM");
      assert.equal(code, 0);
      assert.match(stdout, /^127\.0\.0\.1 /m);
    },
  );

  await t.step("SIGQUIT ends at once, without a report", async () => {
    const { daemon } = await sniff();
    const { code, stdout } = await daemon.stop("SIGQUIT");
    assert.deepEqual([code, stdout], [131, ""]);
  });
});

endToEnd("standard output is full or closed: one line, and status 1", async () => {
  for (
    const line of [
      `sniff -r ${FIXTURE}`,
      `sniff -r ${FIXTURE} --json`,
      "interfaces --json",
      "--help",
      "--version",
    ]
  ) {
    const full = await run(["sh", "-c", `${WEBSTAT} ${line} >/dev/full`], { mayFail: true });
    assertRefused(full, 1, /^webstat: Cannot write to standard output: no space left on device$/m);
    const closed = await run(["sh", "-c", `${WEBSTAT} ${line} >&-`], { mayFail: true });
    assertRefused(closed, 1, /^webstat: Standard output is closed/);
    await run(["sh", "-c", `${WEBSTAT} ${line} >/dev/null`]);
  }
  const events = `sniff -r ${FIXTURE} --events - >/dev/full`;
  const full = await run(["sh", "-c", `${WEBSTAT} ${events}`], { mayFail: true });
  assertRefused(full, 1, /standard output: no space left on device/);
});

endToEnd("a terminal that is closed ends what runs on it", async () => {
  await using lab = await Lab.create();
  const { client } = lab;
  const report = `${lab.directory}/report`;
  {
    await using terminal = await Terminal.open({ columns: 100, rows: 20 }, client.inside([]));
    await terminal.command(
      `${WEBSTAT} sniff -i lo -l 127.0.0.1:0 >${report}; echo done >>${report}`,
    );
    await terminal.waitFor(/listening on lo/);
    // The window closes here.
  }
  await until(
    "webstat has ended, with a report",
    async () => /from lo/.test(await Deno.readTextFile(report)),
  );
});
