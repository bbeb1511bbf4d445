// The whole screen: header, table or page, and the line of keys.

import { Box, type Key, useInput } from "ink";
import type { Frame } from "../frame.ts";
import type { Theme } from "../theme.ts";
import { Lines } from "./lines.tsx";

interface AppProps {
  readonly frame: Frame;
  readonly theme: Theme;
  readonly onInput: (input: string, key: Key) => void;
}

export function App({ frame, theme, onInput }: AppProps) {
  useInput(onInput);
  const { size, header, body, footer } = frame;
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows}>
      <Lines lines={header} theme={theme} />
      <Box flexDirection="column" flexGrow={1}>
        <Lines lines={body} theme={theme} />
      </Box>
      <Lines lines={[footer]} theme={theme} />
    </Box>
  );
}
