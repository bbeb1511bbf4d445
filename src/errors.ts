// Errors that are meant for the user, and the reasons that the system gives.

/** A problem that the user can understand and solve: one line, no stack trace. */
export class UserError extends Error {
  override name = "UserError";
  /** Whether the command line is wrong (exit status 2) or the work failed (1). */
  readonly usage: boolean;

  constructor(message: string, options: { usage?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.usage = options.usage ?? false;
  }
}

/** Plainer words for some reasons of the system. */
const PLAIN_REASONS: Readonly<Record<string, string>> = {
  "no such file or directory": "no such file or folder",
  "is a directory": "it is a folder",
  "illegal operation on a directory": "it is a folder",
  "not a directory": "not a folder",
  "operation not permitted": "permission denied",
  "read-only file system": "the file system is read-only",
};

/** Why a call of the system failed, for the end of a message: "no space left on device". */
export function systemReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const words = message.split("\n")[0]!
    .replace(/ \(os error \d+\).*$/, "") // as Deno has it
    .replace(/^E[A-Z]+: (.*?)(?:, \w+.*)?$/, "$1"); // as Node has it
  const reason = words.charAt(0).toLowerCase() + words.slice(1);
  return PLAIN_REASONS[reason] ?? reason;
}
