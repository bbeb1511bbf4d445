// The one class of errors that are meant for the user.

/** Something that the user can understand and mend: one line, no stack trace. */
export class UserError extends Error {
  override name = "UserError";
  /** True where the command line is wrong (exit status 2), false where the work failed (1). */
  readonly usage: boolean;

  constructor(message: string, options: { usage?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.usage = options.usage ?? false;
  }
}
