import type { HostTables } from "./fields.ts";

/** Whether connections are counted for a host, but none has said its name: DNS has, see docs/names.md. */
export function isNamedByDns({ namedConnections }: Pick<HostTables, "namedConnections">): boolean {
  return namedConnections.length > 0 &&
    namedConnections.every(({ name_source }) => name_source === "dns");
}
