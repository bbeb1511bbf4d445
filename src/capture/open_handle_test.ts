import assert from "node:assert/strict";
import { STATUS } from "../../ffi/capture_handle.ts";
import { openingProblem } from "./open_handle.ts";

Deno.test("openingProblem() says what is wrong and what to do", () => {
  assert.match(openingProblem("eth9", STATUS.noSuchDevice, ""), /^no interface "eth9": .*\blo/);
  const denied = openingProblem("eth0", STATUS.permissionDenied, "Operation not permitted");
  assert.match(denied, /^no permission .*sudo.*setcap cap_net_raw=eip FILE"$/);
  assert.match(
    openingProblem("eth0", STATUS.interfaceNotUp, ""),
    /eth0 is down.*ip link set eth0 up/,
  );
});

Deno.test("openingProblem() gives libpcap's message for the rest", () => {
  const other = openingProblem("eth0", STATUS.error, "socket: Too many open files");
  assert.equal(other, "cannot capture on eth0: socket: Too many open files");
  const memory = openingProblem("eth0", STATUS.error, "can't mmap rx ring: Cannot allocate memory");
  assert.match(memory, /--buffer-size/);
});
