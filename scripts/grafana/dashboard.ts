// Makes webstat.json beside it, of what panels.ts says: deno run -A scripts/grafana/dashboard.ts

import {
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TableCellDisplayMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as Graph } from "@grafana/grafana-foundation-sdk/timeseries";
import { type Panel, SECTIONS, VARIABLES } from "./panels.ts";

const SOURCE = { type: "prometheus", uid: "${datasource}" };
const BUILDERS = {
  stat: () => new Stat().reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"])),
  table: () => new Table().cellOptions({ type: TableCellDisplayMode.Auto }),
  timeseries: () => new Graph().legend(LEGEND).tooltip(TOOLTIP),
};
const LEGEND = new VizLegendOptionsBuilder().showLegend(true)
  .displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom);
/** All lines of a graph at the time under the pointer, the highest first. */
const TOOLTIP = new VizTooltipOptionsBuilder()
  .mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);
/** Of the 24 columns of Grafana's grid, and of its rows. */
const SIZES = { stat: [6, 4], table: [12, 8], timeseries: [12, 8] } as const;

function variable({ name, label, query }: typeof VARIABLES[number]): QueryVariableBuilder {
  const builder = new QueryVariableBuilder(name).label(label).query(query).datasource(SOURCE)
    .refresh(VariableRefresh.OnTimeRangeChanged).sort(VariableSort.AlphabeticalAsc);
  return name === "instance" ? builder.multi(true).includeAll(true).allValue(".*") : builder;
}

function target(panel: Panel, index: number): DataqueryBuilder {
  const [promql, legend] = panel.queries[index]!;
  // Grafana tells the queries of a panel apart by this letter; nothing sets it by itself.
  const refId = String.fromCharCode("A".charCodeAt(0) + index);
  const query = new DataqueryBuilder().refId(refId).expr(promql).datasource(SOURCE);
  if (panel.kind === "table") return query.instant().format(PromQueryFormat.Table);
  return query.range().legendFormat(legend);
}

function built(panel: Panel, id: number) {
  const [width, height] = SIZES[panel.kind];
  const builder = BUILDERS[panel.kind]().id(id).title(panel.title).unit(panel.unit)
    .datasource(SOURCE).span(width).height(height)
    .targets(panel.queries.map((_, index) => target(panel, index)));
  return panel.description ? builder.description(panel.description) : builder;
}

/** The dashboard, as Grafana reads it. */
export function dashboard(): Dashboard {
  const all = new DashboardBuilder("webstat").uid("webstat").tags(["webstat"]).refresh("30s")
    .time({ from: "now-6h", to: "now" }).timezone("browser")
    .withVariable(
      new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"),
    );
  for (const each of VARIABLES) all.withVariable(variable(each));
  let id = 1;
  for (const { title, panels } of SECTIONS) {
    all.withRow(new RowBuilder(title).id(id++));
    for (const panel of panels) all.withPanel(built(panel, id++));
  }
  return asInSchema(all.build());
}

/** Without what the builders write, though Grafana's schema does not have it (any more). */
function asInSchema(dashboard: Dashboard): Dashboard {
  const text = JSON.stringify(
    dashboard,
    (name, value) => NOT_IN_SCHEMA.has(name) ? undefined : value,
  );
  return JSON.parse(text) as Dashboard;
}

/** Of variables, and of tables. */
const NOT_IN_SCHEMA: ReadonlySet<string> = new Set(["auto", "auto_min", "auto_count", "footer"]);

/** The text of webstat.json. */
export function dashboardText(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`;
}

if (import.meta.main) {
  await Deno.writeTextFile(new URL("webstat.json", import.meta.url), dashboardText());
}
