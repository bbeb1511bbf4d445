// What scripts/compile makes, of a small program that asks for places as webstat does.

import assert from "node:assert/strict";
import { isLauncher } from "./checkout.ts";
import { type Result, run } from "./lab/process.ts";

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

const PROGRAM = `
import { openPlaces } from "./src/geo/places.ts";
try {
  const places = await openPlaces({ database: null });
  for (const ip of Deno.args) {
    const { city, country } = places.place(ip);
    console.log(ip + ": " + city + "/" + country);
  }
} catch (error) {
  console.error(error.message);
  Deno.exit(1);
}
`;

const ASKED = ["193.0.6.139", "2a00:1450:4001::1", "10.1.2.3"];
const ANSWERS = `193.0.6.139: /NL
2a00:1450:4001::1: Frankfurt am Main/DE
10.1.2.3: /private
`;

/** A checkout in a folder with a space in its name. */
async function makeCheckout(): Promise<string> {
  const checkout = await Deno.makeTempDir({ prefix: "a checkout " });
  await run(["mkdir", `${checkout}/src`]);
  const top = [".deno-version", "deno.json", "deno.lock", "scripts"];
  await run(["cp", "-r", ...top.map((name) => ROOT + name), checkout]);
  await run(["cp", "-r", `${ROOT}src/geo`, `${ROOT}src/errors.ts`, `${checkout}/src`]);
  // Where setup made a Deno for this checkout alone.
  await run(["cp", "-rP", `${ROOT}.deno`, checkout], { mayFail: true });
  await Deno.writeTextFile(`${checkout}/main.ts`, PROGRAM);
  return checkout;
}

function compile(checkout: string, args: string[], env = {}): Promise<Result> {
  return run([`${checkout}/scripts/compile`, ...args], { env, timeout: 120_000 });
}

Deno.test("what scripts/compile makes", async (t) => {
  const checkout = await makeCheckout();
  const webstat = `${checkout}/webstat`;

  await t.step(
    "knows places without a folder to write to, also when two start at once",
    async () => {
      await compile(checkout, []);
      const nowhere = `${checkout}/nowhere`;
      const env = { HOME: nowhere, TMPDIR: nowhere };
      const both = [1, 2].map(() => run([webstat, ...ASKED], { env }));
      for (const { stdout } of await Promise.all(both)) assert.equal(stdout, ANSWERS);
    },
  );

  await t.step("works under another name, in another folder", async () => {
    const elsewhere = await Deno.makeTempDir();
    await Deno.rename(webstat, `${elsewhere}/ws`);
    assert.equal((await run([`${elsewhere}/ws`, ...ASKED])).stdout, ANSWERS);
    await Deno.remove(elsewhere, { recursive: true });
  });

  await t.step("with --slim leaves the places out, and says so when asked for one", async () => {
    await compile(checkout, ["--slim", "--output", `${checkout}/slim`]);
    const { code, stderr } = await run([`${checkout}/slim`, ...ASKED], { mayFail: true });
    // A launcher runs the checkout, which has them.
    if (await isLauncher(`${checkout}/slim`)) return;
    assert.equal(code, 1);
    assert.match(stderr, /^This webstat was built without the places.*--geoip-db FILE.*\n$/);
  });

  await t.step("is a launcher where Deno's runtime stub cannot be fetched", async () => {
    // The npm packages that were fetched before, and nothing else.
    const deno = JSON.parse((await run([Deno.execPath(), "info", "--json"])).stdout);
    await Deno.mkdir(`${checkout}/deno-dir`);
    await Deno.symlink(deno.npmCache, `${checkout}/deno-dir/npm`);
    const { stderr } = await compile(checkout, [], {
      DENO_DIR: `${checkout}/deno-dir`,
      DENORT_BIN: "",
      HTTPS_PROXY: "http://127.0.0.1:9",
      https_proxy: "http://127.0.0.1:9",
    });
    assert.equal(stderr.trim().split("\n").length, 2, stderr);
    assert.match(stderr, /DENORT_BIN/);
    assert.match(stderr, /launcher/);
    assert(await isLauncher(webstat));
    assert.equal((await run([webstat, ...ASKED])).stdout, ANSWERS);
    await Deno.symlink(webstat, `${checkout}/link`);
    assert.equal((await run([`${checkout}/link`, ...ASKED])).stdout, ANSWERS);
  });

  await Deno.remove(checkout, { recursive: true });
});

Deno.test("each script tells with --help how it is used, and changes nothing", async () => {
  for (const name of ["setup", "install", "uninstall", "package", "release", "compile"]) {
    for (const option of ["--help", "-h"]) {
      const { stdout, stderr } = await run([`${ROOT}scripts/${name}`, option]);
      assert.match(stdout, new RegExp(`^[A-Z].*\\n(?:.*\\n)* {2}.*scripts/${name}\\b`), name);
      assert.equal(stderr, "");
    }
  }
});
