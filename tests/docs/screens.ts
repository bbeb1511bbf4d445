// The screens of `webstat analyze`, each reached by keys from the one before, for pictures to be looked at.

/** A name for the picture, and the keys that lead to it: tmux's names, or text to type after "=". */
type ScreenStep = readonly [name: string, ...keys: string[]];

export interface Session {
  readonly name: string;
  /** What is typed before the command. */
  readonly environment?: string;
  /** The options; FOLDER stands for one with fixtures, THEME for a theme file. */
  readonly options: string;
  /** What is waited for before the first picture. */
  readonly shows: RegExp;
  readonly steps: readonly ScreenStep[];
}

const LIVE = "-i lan0 --no-state";

export const SESSIONS: readonly Session[] = [
  {
    name: "live",
    options: `${LIVE} --process --clients --ip --location`,
    shows: /shop\.test/,
    steps: [
      ["hosts"],
      ["selected", "j", "j", "Space"],
      ["sorted-errors", "g", "<", "<"],
      ["sorted-reversed", "S"],
      ["filter-typed", "S", ">", ">", "/", "=sho"],
      ["filter-invalid", "C-u", "=~(sh"],
      ["filter-columns", "C-u", "Tab"],
      ["filter-values", "C-u", "=process:", "Tab"],
      ["filter-applied", "C-u", "=shop errors>0", "Enter"],
      ["filter-empty", "/", "C-u", "=nothing.here", "Enter"],
      ["dns-hidden", "Escape", "n"],
      ["paused", "n", "p"],
      ["export-typed", "p", "e", "=~^api"],
      ["export-invalid", "C-u", "=~(("],
      ["export-numbers", "Escape", "i", "=3,5-"],
      ["exported-all", "Escape", "a"],
      ["exported-yes", "y"],
      ["exported-none", "x"],
      ["undone", "u"],
      ["column-hidden", "c"],
      ["reset", "C", "r"],
      ["help", "Escape", "?"],
      ["help-end", "G"],
      ["domains", "Escape", "d"],
      ["domain-open", "g", "Enter"],
      ["clients", "Left", "d", "v", "v"],
      ["client-open", "g", "Enter"],
      ["programs", "Left", "v"],
      ["program-open", "g", "Enter"],
      ["containers", "Left", "v"],
      ["host", "v", "g", "/", "=shop.test", "Enter", "Enter"],
      ["host-2", "PageDown"],
      ["host-3", "PageDown"],
      ["host-end", "G"],
      ["copied", "y"],
      ["quit", "Escape", "Escape", "q"],
    ],
  },
  {
    name: "file",
    options: "-r FOLDER/http1-keepalive.pcap FOLDER/tls-names.pcap --no-state",
    shows: /shop\.test/,
    steps: [["hosts"], ["host", "Enter"], ["host-end", "G"], ["written", "Escape", "Space", "w"]],
  },
  { name: "empty", options: "-i lo --no-state", shows: /Waiting/, steps: [["hosts"]] },
  {
    name: "folded",
    options: `${LIVE} --max-hosts 6`,
    shows: /folded/,
    steps: [["hosts"], ["other", "G"]],
  },
  {
    name: "plain",
    environment: "NO_COLOR=1",
    options: LIVE,
    shows: /shop\.test/,
    steps: [["hosts", "Space"], ["host", "Enter"], ["help", "?"]],
  },
  {
    name: "theme",
    options: `${LIVE} --theme THEME`,
    shows: /shop\.test/,
    steps: [["hosts", "Space"], ["host", "Enter"]],
  },
];

/** A theme in which nothing looks as usual. */
export const THEME = `title: bold #88c0d0
value: bold yellow
faint: bright-blue
exported: bold magenta
bad: black on red
link: underline cyan
selected: black on #88c0d0
key: bold white on blue
chart: "#88c0d0"
`;
