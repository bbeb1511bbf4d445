// The interfaces that -i names: by name, or by the number that `webstat interfaces` shows.

import type { NetInterface } from "../capture/interfaces.ts";

/**
 * Their names. A number that is no interface's stays as it is, and so is told as an interface that there
 * is not.
 */
export async function interfaceNames(
  given: readonly string[],
  list: () => Promise<readonly NetInterface[]>,
): Promise<string[]> {
  if (!given.some((each) => /^\d+$/.test(each))) return [...given];
  const interfaces = await list();
  return given.map((text) => {
    const isName = interfaces.some(({ name }) => name === text);
    const numbered = interfaces.find(({ index }) => index > 0 && String(index) === text);
    return isName ? text : numbered?.name ?? text;
  });
}
