// The configuration file: options by their long names, in YAML. What stands at the top is for sniff and
// analyze; a section named like a command is for that command, and goes before what stands at the top.
//
//   interface: [eth0, wlan0]
//   max-hosts: 500
//   promiscuous: false
//   analyze:
//     location: true

import { systemReason, UserError } from "../errors.ts";
import { printable } from "../text.ts";
import { type YamlNode, YamlSource } from "../yaml_source.ts";
import { keyName, type OptionDefinition } from "./option_definition.ts";
import {
  COMMAND_OPTIONS,
  CONFIGURED_COMMANDS,
  type ConfiguredCommand,
  TOP_OPTIONS,
} from "./options.ts";
import type { OptionSource } from "./resolve.ts";

export class ConfigFile {
  readonly path: string;
  readonly #source: YamlSource;
  readonly #top: ReadonlyMap<string, YamlNode>;

  private constructor(path: string, text: string) {
    this.path = path;
    this.#source = new YamlSource(printable(path), text);
    const options = Object.values<OptionDefinition>(TOP_OPTIONS).map(keyName);
    this.#top = this.#source.entries(this.#source.root, [...options, ...CONFIGURED_COMMANDS]);
    for (const command of CONFIGURED_COMMANDS) this.#section(command);
  }

  /** Throws UserError with line and column, also for keys that no command has. */
  static read(path: string): ConfigFile {
    return new ConfigFile(path, readText(path));
  }

  /** The options that the file has for a command. The source throws UserError. */
  sourceFor(command: ConfiguredCommand): OptionSource {
    const section = this.#section(command);
    return (option) => {
      const key = keyName(option);
      const node = section.get(key) ?? (command === "run" ? undefined : this.#top.get(key));
      if (node === undefined) return null;
      return { name: `${this.#source.at(node)}: ${key}`, texts: this.#texts(option, node) };
    };
  }

  #section(command: ConfiguredCommand): ReadonlyMap<string, YamlNode> {
    const options = Object.values<OptionDefinition>(COMMAND_OPTIONS[command]);
    return this.#source.entries(this.#top.get(command) ?? null, options.map(keyName));
  }

  #texts({ kind }: OptionDefinition, node: YamlNode): readonly string[] {
    return kind.type === "list" ? this.#source.texts(node) : [this.#source.text(node)];
  }
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new UserError(`Cannot read ${printable(path)}: ${systemReason(error)}`, { usage: true });
  }
}
