// Draws lines as tickets.

import { Text } from "ink";
import type { Line } from "../view/line.ts";
import type { Painter } from "./paint.ts";

interface LinesProps {
  readonly lines: readonly Line[];
  readonly painter: Painter;
}

export function Lines({ lines, painter }: LinesProps) {
  return <Text>{lines.map((line) => painter.ticket(line)).join("\n")}</Text>;
}
