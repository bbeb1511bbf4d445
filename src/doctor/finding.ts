// What was found out about one thing that webstat needs, or is better with.

export interface Finding {
  /** "libpcap", "rights". */
  readonly check: string;
  /** fail: webstat cannot capture or serve; warn: it can, but less. */
  readonly state: "ok" | "warn" | "fail";
  /** What was found, and for warn and fail what to do: one line. */
  readonly message: string;
}

/** What can be found out without asking anybody else, or only by asking. */
export type Check = () => Finding | Promise<Finding>;

/** A check with its name. */
export type Findings = (state: Finding["state"], message: string) => Finding;

export const findings = (check: string): Findings => (state, message) => ({
  check,
  state,
  message,
});
