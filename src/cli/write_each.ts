// Writes the results of a command one after another: one that cannot be written costs no other.

import { UserError } from "../errors.ts";
import type { Log } from "./log.ts";

/**
 * Calls all of `results`, and tells why one could not be written. Returns whether all could be; throws
 * the first error that is not the user's, when all were called.
 */
export async function writeEach(
  results: readonly (() => void | Promise<void> | undefined)[],
  log: Log,
): Promise<boolean> {
  let isWritten = true;
  const unexpected: unknown[] = [];
  for (const write of results) {
    try {
      await write();
    } catch (error) {
      isWritten = false;
      if (error instanceof UserError) log.error(error.message);
      else unexpected.push(error);
    }
  }
  if (unexpected.length > 0) throw unexpected[0];
  return isWritten;
}
