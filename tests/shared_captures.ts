// Captures beside this project, in ../shared, which only some machines have. No test may fail without
// them: those that need them are made by sharedTest.

const SHARED = decodeURIComponent(new URL("../../shared", import.meta.url).pathname);

/** The folders, which need not be there. */
export const SHARED_CAPTURES = `${SHARED}/pcaps`;
export const SHARED_CASES = `${SHARED}/cases`;
export const SHARED_KEY_LOGS = `${SHARED}/keylog`;

/** A test of a folder of ../shared; skipped, with the reason in its name, if there is no such folder. */
export function sharedTest(
  name: string,
  test: () => Promise<void>,
  folder = SHARED_CAPTURES,
): void {
  const isThere = isDirectory(folder);
  Deno.test({
    name: `${name} (${isThere ? "" : "skipped: there is no "}../shared${
      folder.slice(SHARED.length)
    })`,
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
