import assert from "node:assert/strict";
import { UserError } from "../src/errors.ts";
import { fromCString, LibraryError, openLibrary, readCString, toCString } from "./library.ts";
import { openLibpcap } from "./libpcap.ts";

const LIBC = Deno.build.os === "darwin" ? "libSystem.B.dylib" : "libc.so.6";

Deno.test("openLibpcap() says which package to install where libpcap is missing", () => {
  assert.throws(() => openLibpcap(["libwebstat-nothing.so"]), (error) => {
    assert(error instanceof UserError);
    assert.match(error.message, /^libpcap is missing: .*libpcap0\.8.*libpcap/);
    assert(!error.message.includes("\n"));
    return true;
  });
});

Deno.test("openLibpcap() tells a library without the functions from a missing one", () => {
  assert.throws(() => openLibpcap([LIBC]), /^UserError: libpcap is too old/);
});

Deno.test("openLibrary() takes the first name that there is", () => {
  const symbols = { getppid: { parameters: [], result: "i32" } } as const;
  const library = openLibrary(["libwebstat-nothing.so", LIBC], symbols);
  assert.equal(library.symbols.getppid(), Deno.ppid);
  library.close();
  assert.throws(() => openLibrary(["libwebstat-nothing.so"], symbols), LibraryError);
});

Deno.test("openLibrary() makes an optional function null if it is missing", () => {
  const missing = { parameters: [], result: "i32", optional: true } as const;
  const getppid = { parameters: [], result: "i32", optional: true } as const;
  const library = openLibrary([LIBC], { webstat_nothing: missing, getppid });
  assert.equal(library.symbols.webstat_nothing, null);
  assert.equal(library.symbols.getppid!(), Deno.ppid);
  library.close();
});

Deno.test("importing what binds C does nothing and needs no permission", async () => {
  const modules = ["libpcap", "libc", "capture_handle", "devices", "dump_space", "filter_program"]
    .map((name) => new URL(`./${name}.ts`, import.meta.url).href);
  modules.push(new URL("../src/capture/live.ts", import.meta.url).href);
  const code = modules.map((url) => `import "${url}";`).join("\n");
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(script, code);
    const { code: status, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-config", script],
      stderr: "piped",
    }).output();
    assert.equal(status, 0, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(script);
  }
});

Deno.test("fromCString() and readCString() end at the NUL and never throw", () => {
  assert.equal(fromCString(toCString("wlan0 ü")), "wlan0 ü");
  assert.equal(fromCString(Uint8Array.of(97, 98, 0, 99)), "ab");
  assert.equal(fromCString(Uint8Array.of(97, 98)), "ab");
  assert.equal(readCString(null), "");
  const cut = Uint8Array.of(97, 0xc3, 0);
  assert.equal(readCString(Deno.UnsafePointer.of(cut)), "a\ufffd");
});
