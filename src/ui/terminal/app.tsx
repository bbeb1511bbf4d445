// The root component: header, table or page, footer.

import { Box, type Key, useApp, useInput, usePaste } from "ink";
import { useEffect } from "react";
import type { Frame } from "../view/frame.ts";
import type { Painter } from "./paint.ts";
import { Lines } from "./lines.tsx";

interface AppProps {
  readonly frame: Frame;
  readonly painter: Painter;
  readonly onInput: (input: string, key: Key) => void;
  readonly onPaste: (text: string) => void;
  /** Given once: hands the terminal over while its argument runs. */
  readonly onSuspendable: (suspend: Suspend) => void;
}

/** Restores the terminal, waits for `work`, takes the terminal again and draws everything. */
export type Suspend = (work: () => Promise<void>) => Promise<void>;

export function App({ frame, painter, onInput, onPaste, onSuspendable }: AppProps) {
  useInput(onInput);
  usePaste(onPaste);
  const { suspendTerminal } = useApp();
  useEffect(() => onSuspendable(suspendTerminal), [onSuspendable, suspendTerminal]);
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
