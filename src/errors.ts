// Errors that are meant for the user, and the reasons that the system gives.

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

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EISDIR: "it is a folder",
  ENOTDIR: "not a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
};

/** Why a call of the system failed, for the end of a message: "no space left on device". */
export function systemReason(error: unknown): string {
  const known = REASONS[(error as { code?: string } | null)?.code ?? ""];
  if (known !== undefined) return known;
  const message = error instanceof Error ? error.message : String(error);
  const words = message.replace(/ \(os error \d+\).*$/s, "").split("\n")[0]!;
  return words.charAt(0).toLowerCase() + words.slice(1);
}
