// Real captures beside this project, in ../shared/pcaps, which only some machines have. No test may
// fail without them: those that need them are made by sharedTest.

/** The folder, which need not be there. */
export const SHARED_CAPTURES = decodeURIComponent(
  new URL("../../shared/pcaps", import.meta.url).pathname,
);

/** A test of ../shared/pcaps; skipped, with the reason in its name, if there is no such folder. */
export function sharedTest(name: string, test: () => Promise<void>): void {
  const isThere = isDirectory(SHARED_CAPTURES);
  Deno.test({
    name: `${name} (${isThere ? "" : "skipped: there is no "}../shared/pcaps)`,
    ignore: !isThere,
    fn: test,
  });
}

export function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
