// What the numbers were measured on and with.

const MACHINE_FILES = { processor: "/proc/cpuinfo", kernel: "/proc/sys/kernel/osrelease" };

export function machine(): string {
  const processor = processorOf(textOf(MACHINE_FILES.processor));
  const cores = navigator.hardwareConcurrency;
  const memory = Math.round(Deno.systemMemoryInfo().total / 1e9);
  const kernel = textOf(MACHINE_FILES.kernel).trim();
  return `${processor ?? Deno.build.arch}, ${cores} cores, ${memory} GB, Linux ${kernel}`;
}

/** Virtual machines name many processors alike: their family, model and clock tell them apart. */
function processorOf(text: string): string | null {
  const value = (name: string) => new RegExp(`^${name}\\s*:\\s*(.*)$`, "m").exec(text)?.[1];
  const [name, family, model, clock] = ["model name", "cpu family", "model", "cpu MHz"].map(value);
  if (name === undefined || family === undefined) return name ?? null;
  return `${name} (family ${family}, model ${model}, ${(Number(clock) / 1000).toFixed(1)} GHz)`;
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** A program, how it tells its version, and the line of its answer that does. */
const PROGRAMS: readonly (readonly [command: readonly string[], line: RegExp])[] = [
  [["tcpdump", "--version"], /^tcpdump version .*|^libpcap version .*/gm],
  [["ndpiReader", "-h"], /^Welcome to (nDPI .*)/m],
  [["nfpcapd", "-V"], /^nfpcapd: Version: [\d.]+/m],
  [["softflowd", "-h"], /softflowd version [\d.]+/m],
  [["httpry", "-h"], /^httpry version [\d.]+/m],
  [["tcpreplay", "--version"], /^tcpreplay version: [\d.]+/m],
];

/** Of what was measured with: `binary` is webstat. */
export async function versions(binary: string): Promise<string[]> {
  const megabytes = (Deno.statSync(binary).size / 1e6).toFixed(0);
  const lines = [
    `webstat ${(await outputOf([binary, "--version"])).trim()}, ${megabytes} MB`,
    `Deno ${Deno.version.deno} (measured binaries have the runtime they were made with)`,
  ];
  for (const [command, pattern] of PROGRAMS) {
    const text = await outputOf(command);
    const found = pattern.global ? text.match(pattern) : pattern.exec(text)?.slice(-1);
    if (found) lines.push(found.map((each) => each.trim().replace(/\.$/, "")).join(", "));
  }
  return lines;
}

async function outputOf([program, ...args]: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await new Deno.Command(program!, { args, stdin: "null" }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } catch {
    return "";
  }
}

/** Whether a program is installed. */
export function isInstalled(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}
