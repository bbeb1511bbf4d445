// What -v tells of a live capture.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { endToEnd, startSniff } from "./webstat.ts";

endToEnd("-v: how the capture is set up, and what it came to; without it one line", async () => {
  await using lab = await Lab.create();
  const { client } = lab;
  const options = ["-i", client.interface, "-l", "127.0.0.1:0", "--memory", "128", "-f", "tcp"];
  const verbose = await startSniff(client, [...options, "-v", "--workers", "2"]);
  const { stderr } = await verbose.daemon.stop("SIGINT");
  for (
    const detail of [
      /debug: capture: lan0, whole packets, a buffer of 32 MiB, promiscuous, filter tcp$/m,
      /debug: limits: 128 MiB of \d+ MiB of memory, 1000 hosts, 2 workers$/m,
      /debug: lan0: link type 1 \(Ethernet\)$/m,
      /debug: privileges: user \w+, cap_net_raw, no_new_privs true, seccomp true, Landlock /m,
      /debug: kept: 0 hosts, 0 folded into ~other, \d+ MiB of memory in use$/m,
    ]
  ) assert.match(stderr, detail);
  const quiet = await startSniff(client, options);
  assert.match(
    (await quiet.daemon.stop("SIGINT")).stderr,
    /^webstat [^\n]+: listening on [^\n]+\n$/,
  );
});
