// Draws lines: the only place where texts get their looks, and the last guard of the terminal.

import { Text } from "ink";
import { printable } from "../../text.ts";
import { joined, type Line, type Span } from "../line.ts";
import type { Theme } from "../theme.ts";

interface LinesProps {
  readonly lines: readonly Line[];
  readonly theme: Theme;
}

export function Lines({ lines, theme }: LinesProps) {
  return lines.map((line, i) => (
    <Text key={i} wrap="truncate">
      {joined(line).map((span, j) => <SpanText key={j} span={span} theme={theme} />)}
      {line.length === 0 ? " " : ""}
    </Text>
  ));
}

interface SpanProps {
  readonly span: Span;
  readonly theme: Theme;
}

function SpanText({ span, theme }: SpanProps) {
  const text = printable(span.text);
  return span.role === undefined ? text : <Text {...theme[span.role]}>{text}</Text>;
}
