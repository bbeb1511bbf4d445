// The root component: header, table or page, footer.

import { Box, type Key, useInput, usePaste } from "ink";
import type { Frame } from "../view/frame.ts";
import type { Painter } from "./paint.ts";
import { Lines } from "./lines.tsx";

interface AppProps {
  readonly frame: Frame;
  readonly painter: Painter;
  readonly onInput: (input: string, key: Key) => void;
  readonly onPaste: (text: string) => void;
}

export function App({ frame, painter, onInput, onPaste }: AppProps) {
  useInput(onInput);
  usePaste(onPaste);
  const { size, header, body, footer } = frame;
  return (
    <Box flexDirection="column" height={size.rows}>
      <Lines lines={header} painter={painter} />
      <Box flexDirection="column" flexGrow={1}>
        <Lines lines={body} painter={painter} />
      </Box>
      <Lines lines={[footer]} painter={painter} />
    </Box>
  );
}
