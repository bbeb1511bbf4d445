// What the hashes of tables begin with. If a table is full, it depends on the hashes what is given up.

/** Random, so that nobody outside can choose what collides. */
export const randomSeed = (): number => crypto.getRandomValues(new Int32Array(1))[0]!;

/** For capture files: the same file gives the same counts each time, whatever was given up. */
export const FILE_SEED = 0x2545f491;
