// The views of analyze by client, program and container, over real programs.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { Nginx } from "../lab/servers.ts";
import { Terminal } from "../lab/terminal.ts";
import { controlGroups, runInContainer, TRACING } from "../lab/tracing.ts";
import { endToEnd, WEBSTAT } from "./webstat.ts";

const CONTAINER = ["docker", "5e7a".repeat(16)] as const;

/** A row of the table: its name and number of hits. */
const row = (name: string, hits: number) =>
  new RegExp(`^.{3}\\s+\\d+ ${name} +\\d+ +${hits} `, "m");

endToEnd("analyze: clients, programs and containers have views, each row opens", async (t) => {
  await using lab = await Lab.create();
  const { client } = lab;
  await Nginx.start(lab);
  await using terminal = await Terminal.open({ columns: 110, rows: 24 }, client.inside([]));
  const options = `-i ${client.interface} --process --clients --no-state`;
  await terminal.command(`${WEBSTAT} analyze ${options}; echo "left with $?"`);
  await terminal.waitFor(/lan0 .*\n.*0 hosts/, 30_000);
  const fetch = ["curl", "-sS", "-4", "-o", "/dev/null"];
  await client.run([...fetch, "http://10.77.0.2/", "-H", "Host: shop.test"]);
  await client.run([...fetch, "http://10.77.0.2/", "-H", "Host: blog.test"]);
  await client.run([
    "wget",
    "-q",
    "-O",
    "/dev/null",
    "--header=Host: shop.test",
    "http://10.77.0.2/",
  ]);
  await terminal.waitFor(row("blog.test", 1));

  await t.step("by domain, then by client", async () => {
    await terminal.type("v");
    await terminal.waitFor(/2 domains of 2 hosts/);
    await terminal.type("v");
    await terminal.waitFor(/1 client of 2 hosts/);
    await terminal.waitFor(row("10.77.0.1 \\(2\\)", 3));
  });

  await t.step("by program: a row opens into its hosts, a host into its page", async () => {
    await terminal.type("v");
    await terminal.waitFor(/2 programs of 2 hosts/);
    await terminal.waitFor(row("curl \\(2\\)", 2));
    await terminal.waitFor(row("wget", 1));
    await terminal.type("G");
    await terminal.keys("Enter");
    assert.doesNotMatch(await terminal.waitFor(/1 host of wget/), /blog/);
    await terminal.keys("Enter");
    await terminal.waitFor(/shop\.test[^]*first seen/);
    await terminal.keys("Escape");
    await terminal.waitFor(/1 host of wget[^]*req\+tls▼/);
    await terminal.keys("Escape");
    await terminal.waitFor(/2 programs of 2 hosts/);
  });

  await t.step("a program is exported with its hosts, also in a filtered table", async () => {
    await terminal.type("/process:wget");
    await terminal.keys("Enter");
    await terminal.waitFor(/process:wget/);
    await terminal.type(" ");
    await terminal.waitFor(/1 exported/);
    await terminal.keys("Escape");
    await terminal.waitFor(/◐ +\d+ curl/);
  });

  await t.step({
    name: "by container",
    ignore: controlGroups() === null,
    fn: async () => {
      const inside = client.inside([...fetch, "http://10.77.0.2/", "-H", "Host: api.test"]);
      await runInContainer(...CONTAINER, inside);
      await terminal.type("v");
      await terminal.waitFor(row("docker-5e7a5e7a5e7a", 1));
      await terminal.type("/container:docker");
      await terminal.keys("Enter");
      await terminal.waitFor(/1 of 3 hosts|1 container of 3 hosts/);
      await terminal.type("g");
      await terminal.keys("Enter");
      await terminal.waitFor(row("api.test", 1));
    },
  });

  await terminal.type("q");
  await terminal.waitFor(/Quit\?/);
  await terminal.type("y");
  await terminal.waitFor(/left with 0/);
}, ["tmux", "wget", ...TRACING]);
