// The errors of several capture files as one error, in the order of the files, whichever worker read them.

import { UserError } from "../errors.ts";

export interface FileProblem {
  /** Index of the file on the command line. */
  readonly file: number;
  readonly message: string;
}

export class FileErrors extends UserError {
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[]) {
    const ordered = problems.toSorted((a, b) => a.file - b.file);
    super(ordered.map(({ message }) => message).join("; "));
    this.problems = ordered;
  }
}
