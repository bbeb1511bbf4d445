import assert from "node:assert/strict";
import { parseStatus, threadStatuses } from "./thread_status.ts";

const STATUS = `Name:	worker-2
Umask:	0022
Pid:	12
Uid:	65534	65534	65534	65534
Gid:	65533	65533	65533	65533
FDSize:	64
Groups:	 
NStgid:	11
CapInh:	0000000000000000
CapPrm:	0000000000002000
CapEff:	0000000000002000
CapBnd:	000001fffeffffff
CapAmb:	0000000000000000
NoNewPrivs:	1
Seccomp:	2
Seccomp_filters:	1
`;

Deno.test("the status of a thread is read as the kernel writes it", () => {
  assert.deepEqual(parseStatus(12, STATUS), {
    thread: 12,
    users: [65534, 65534, 65534, 65534],
    groups: [65533, 65533, 65533, 65533],
    furtherGroups: [],
    capabilities: [0x2000n, 0x2000n, 0n, 0n],
    noNewPrivileges: true,
    isFiltered: true,
  });
  const other = STATUS.replace("Groups:	 ", "Groups:	4 27 ").replace(
    "NoNewPrivs:	1",
    "NoNewPrivs:	0",
  )
    .replace("Seccomp:	2", "Seccomp:	0");
  const { furtherGroups, noNewPrivileges, isFiltered } = parseStatus(12, other);
  assert.deepEqual([furtherGroups, noNewPrivileges, isFiltered], [[4, 27], false, false]);
});

Deno.test("all threads of this process have a status, of one user", () => {
  if (Deno.build.os !== "linux") return;
  const statuses = threadStatuses();
  assert.ok(statuses.some(({ thread }) => thread === Deno.pid));
  for (const { users } of statuses) assert.deepEqual(users, Array(4).fill(Deno.uid()));
});
