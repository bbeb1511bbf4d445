// What was found out about one thing that webstat needs, or is better with.

export interface Finding {
  /** "libpcap", "rights". */
  readonly check: string;
  /** fail: webstat cannot capture or serve; warn: it can, but less. */
  readonly state: "ok" | "warn" | "fail";
  /** What was found, and for warn and fail what to do: one line. */
  readonly message: string;
}

/** Looks at one thing. It never throws: what goes wrong is what it finds. */
export type Check = () => Finding | Promise<Finding>;

/** Makes the finding of one check. */
export type Findings = (state: Finding["state"], message: string) => Finding;

export const findings = (check: string): Findings => (state, message) => ({
  check,
  state,
  message,
});
