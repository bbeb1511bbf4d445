// scripts/grafana/webstat.json against the schema of Grafana. The schema is types of TypeScript, so the
// compiler is what checks.

import assert from "node:assert/strict";
import { read, ROOT } from "../docs/markdown.ts";
import { typeErrors } from "../type_check.ts";

const DASHBOARD = read("scripts/grafana/webstat.json");

interface Panel {
  type: string;
  gridPos: Record<string, unknown>;
  options: Record<string, unknown> & { legend: Record<string, unknown> };
  fieldConfig: { defaults: Record<string, unknown> };
  targets: Record<string, unknown>[];
}

/** What would be wrong. */
const MISTAKES: Readonly<Record<string, (panel: Panel) => void>> = {
  "an unknown field of a panel": (panel) => Object.assign(panel, { tittle: "Hosts" }),
  "an unknown kind of panel": (panel) => panel.type = "timeserie",
  "an unknown option": (panel) => panel.options.legends = {},
  "a word that an option does not take": (panel) => panel.options.legend.displayMode = "lists",
  "a text instead of a number": (panel) => panel.gridPos.w = "12",
  "an unknown setting of fields": (panel) => panel.fieldConfig.defaults.units = "s",
  "an unknown field of a query": (panel) => panel.targets[0]!.query = "up",
  "a query without a letter": (panel) => delete panel.targets[0]!.refId,
};

/** A graph of the dashboard with a mistake, on one line. */
function spoilt(mistake: (panel: Panel) => void): string {
  const { panels } = JSON.parse(DASHBOARD) as { panels: Panel[] };
  const panel = panels.find(({ type }) => type === "timeseries")!;
  mistake(panel);
  return JSON.stringify(panel);
}

Deno.test("scripts/grafana: the dashboard is one by Grafana's schema, which finds mistakes", async () => {
  const schema = `${ROOT}tests/monitoring/dashboard_schema.ts`;
  const mistakes = Object.entries(MISTAKES).map(([name, mistake]) =>
    `  // @ts-expect-error ${name}\n  ${spoilt(mistake)},\n`
  );
  const source = `import type { Dashboard, Panel } from "${schema}";
export const dashboard: Dashboard = ${DASHBOARD};
export const spoilt: Panel[] = [
${mistakes.join("")}];
`;
  assert.equal(await typeErrors(source), "");
});
