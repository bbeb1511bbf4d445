// The page for people in a real browser, over real traffic: it follows what happens, it can be read by
// everybody (axe-core finds nothing), and it works without script.

import assert from "node:assert/strict";
import axe from "axe-core";
import { Browser } from "../lab/browser.ts";
import { Lab } from "../lab/lab.ts";
import { until } from "../lab/process.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import { curl, endToEnd, fetchIn, startSniff } from "./webstat.ts";

/** The number of requests of a host, as the page shows it. */
const REQUESTS = `(() => {
  const titles = [...document.querySelectorAll("thead th")].map(({ textContent }) => textContent);
  const row = [...document.querySelectorAll("tbody tr")]
    .find(({ textContent }) => textContent.startsWith("shop.test"));
  return Number(row?.children[titles.indexOf("requests")]?.textContent ?? 0);
})()`;

/** What is wrong with the page as it is, by axe-core: none of its rules is left out. */
async function faults(browser: Browser): Promise<string[]> {
  return await browser.evaluate<string[]>(
    `${axe.source}; axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => id + ": " + html + " " + failureSummary)))`,
  );
}

endToEnd("the page in a browser", async (t) => {
  await using lab = await Lab.create();
  const { client } = lab;
  await Nginx.start(lab);
  await startDnsmasq(lab);
  await lab.useServersDns();
  const { url } = await startSniff(client, [
    ...["-i", client.interface, "-l", "127.0.0.1:0", "--ip"],
  ]);
  await using browser = await Browser.start((command) => client.inside(command));
  await browser.show("light", 1000, 700);
  await curl(lab, "http://shop.test/page.html", "http://shop.test/missing", "https://blog.test/");
  await until(
    "webstat has counted it",
    async () => (await fetchIn(client, `${url}/metrics`)).includes('host="blog.test"'),
  );

  await t.step("it follows what happens, without being loaded anew", async () => {
    await browser.open(`${url}/`);
    await browser.evaluate("window.isSame = true");
    assert.equal(await browser.evaluate(REQUESTS), 2);
    await curl(lab, "http://shop.test/", "http://shop.test/");
    await until(
      "the page has it",
      async () => await browser.evaluate<number>(REQUESTS) === 4,
      { timeout: 30_000, every: 200 },
    );
    assert.equal(await browser.evaluate("window.isSame"), true);
    // One stream brings all updates: nothing is asked for again and again, and nothing elsewhere.
    const loaded = 'performance.getEntriesByType("resource").map(({ name }) => name)';
    const others = await browser.evaluate<string[]>(loaded);
    assert.deepEqual(others.filter((other) => other !== `${url}/`), []);
  });

  const paths = [
    "/",
    "/?q=shop&sort=hits&order=up&paused=1",
    "/host/shop.test",
    "/host/nobody.test",
  ];
  for (const scheme of ["light", "dark"] as const) {
    for (const path of paths) {
      await t.step(`axe-core finds nothing: ${path}, ${scheme}`, async () => {
        await browser.show(scheme, 1000, 700);
        await browser.open(url + path);
        assert.deepEqual(await faults(browser), []);
      });
    }
  }

  await t.step("it fits a telephone, but for tables, which scroll", async () => {
    await browser.show("dark", 360, 640);
    await browser.open(`${url}/`);
    assert.ok(await browser.evaluate<number>("document.documentElement.scrollWidth") <= 360);
    assert.deepEqual(await faults(browser), []);
  });

  await t.step("without script it has the same, and is loaded anew by itself", async () => {
    await browser.scripts(false);
    await browser.show("light", 1000, 700);
    await browser.open(`${url}/`);
    assert.equal(await browser.evaluate(REQUESTS), 4);
    await curl(lab, "http://shop.test/");
    await until(
      "the page has it",
      async () => await browser.evaluate<number>(REQUESTS).catch(() => 0) === 5,
      { timeout: 40_000, every: 500 },
    );
  });
}, ["chromium"]);
