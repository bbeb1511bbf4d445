import assert from "node:assert/strict";
import { commandEnvironment } from "./command_environment.ts";

Deno.test("the command gets its environment, and where to write secrets", () => {
  assert.deepEqual(
    commandEnvironment({ A: "1", NODE_OPTIONS: "--no-warnings" }, "/tmp/x/keys"),
    {
      A: "1",
      NODE_OPTIONS: "--no-warnings --tls-keylog=/tmp/x/keys",
      SSLKEYLOGFILE: "/tmp/x/keys",
    },
  );
  assert.deepEqual(commandEnvironment({ A: "1", SSLKEYLOGFILE: "/own" }, null), {
    A: "1",
    SSLKEYLOGFILE: "/own",
  });
});

Deno.test("variables that webstat dropped for itself are the command's", () => {
  const dropped = { WEBSTAT_DROPPED_VARIABLES: '{"DENO_DIR":"/cache"}' };
  assert.deepEqual(commandEnvironment({ A: "1", ...dropped }, null), {
    A: "1",
    DENO_DIR: "/cache",
  });
});
