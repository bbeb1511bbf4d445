// Draws lines: the only place where texts get their looks, and the last guard of the terminal.

import { Text } from "ink";
import { memo } from "react";
import { printable } from "../../text.ts";
import { isSameLine, type Line, type Span } from "../line.ts";
import type { Theme } from "../theme.ts";

interface LinesProps {
  readonly lines: readonly Line[];
  readonly theme: Theme;
}

export function Lines({ lines, theme }: LinesProps) {
  return lines.map((line, i) => <LineText key={i} line={line} theme={theme} />);
}

interface LineProps {
  readonly line: Line;
  readonly theme: Theme;
}

/** Most lines are the same as a moment ago: those cost nothing. */
const LineText = memo(
  ({ line, theme }: LineProps) => (
    <Text wrap="truncate">
      {line.map((span, i) => <SpanText key={i} span={span} theme={theme} />)}
      {line.length === 0 ? " " : ""}
    </Text>
  ),
  (before, after) => before.theme === after.theme && isSameLine(before.line, after.line),
);

interface SpanProps {
  readonly span: Span;
  readonly theme: Theme;
}

function SpanText({ span, theme }: SpanProps) {
  const text = printable(span.text);
  return span.role === undefined ? text : <Text {...theme[span.role]}>{text}</Text>;
}
