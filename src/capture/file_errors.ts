// What was wrong with capture files, each told by itself so that what several workers say can be put
// into one order.

import { UserError } from "../errors.ts";

export interface FileProblem {
  /** Index of the file among those that were given. */
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
