// Which files and servers a running webstat still has to get at, once it has given its privileges away.
//
// What is opened before needs no line here. To let a feature open something later (a file that is
// opened again, followed, or written at the end; a server that is sent to), add a line.

import { dirname } from "node:path";
import type { Reach } from "../privileges/path_rules.ts";
import { POD_LOGS } from "../processes/pods.ts";
import { isNatsUrl } from "../push/push_url.ts";
import type { AnalyzeConfig, SniffConfig } from "./config.ts";

/** `more`: what only the command knows. `folders`: of the files of --web-config. */
export function reachOf(
  config: SniffConfig | AnalyzeConfig,
  more: Partial<Reach> = {},
  folders: readonly string[] = [],
): Reach {
  return {
    read: [
      // Capture files: those that were not opened ahead, as there are too many.
      ...config.files,
      // Key logs are followed, also if another file gets the name.
      ...config.keyLogs.map((path) => dirname(path)),
      ...(config.process === null ? [] : [POD_LOGS]),
      // Databases are read again, when their updaters have put another file in their place.
      ...[config.geoipDb, config.asnDb].flatMap((path) => path === null ? [] : [dirname(path)]),
      ...sourceFolders(),
      // Read again when they change.
      ...folders,
      ...more.read ?? [],
    ],
    write: [
      // Opened again on SIGHUP.
      config.events,
      config.json,
      ...more.write ?? [],
    ].filter((path) => path !== null && path !== "-" && !isNatsUrl(path)) as string[],
  };
}

/** Where modules are loaded from that are loaded late; a compiled binary has them in memory. */
function sourceFolders(): string[] {
  if (Deno.build.standalone) return [];
  return [decodeURIComponent(new URL("../..", import.meta.url).pathname)];
}
