// The whole screen: header, table or page, and the line of keys.

import { Box, type Key, useInput } from "ink";
import { footerLine } from "../footer.ts";
import { headerLines } from "../header.ts";
import { visibleLines } from "../page.ts";
import type { State } from "../state.ts";
import { rowLines, titleLine } from "../table.ts";
import type { Theme } from "../theme.ts";
import { Lines } from "./lines.tsx";

interface AppProps {
  readonly state: State;
  readonly theme: Theme;
  readonly onInput: (input: string, key: Key) => void;
}

export function App({ state, theme, onInput }: AppProps) {
  useInput(onInput);
  return (
    <Box flexDirection="column" width={state.size.columns} height={state.size.rows}>
      <Lines lines={headerLines(state)} theme={theme} />
      <Box flexDirection="column" flexGrow={1}>
        {state.page === null
          ? <Table state={state} theme={theme} />
          : <Lines lines={visibleLines(state)} theme={theme} />}
      </Box>
      <Lines lines={[footerLine(state)]} theme={theme} />
    </Box>
  );
}

function Table({ state, theme }: Pick<AppProps, "state" | "theme">) {
  return (
    <>
      <Lines lines={[titleLine(state)]} theme={theme} />
      <Lines lines={rowLines(state)} theme={theme} />
    </>
  );
}
