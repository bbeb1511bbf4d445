// Grafana's own schema of a dashboard (@grafana/schema), narrowed to the kinds of panels that webstat's
// has: in the schema itself their options and queries may be anything.

import type * as grafana from "@grafana/schema";
import type { Options as StatOptions } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type {
  FieldConfig as TableFields,
  Options as TableOptions,
} from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type {
  FieldConfig as GraphFields,
  Options as GraphOptions,
} from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";
import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus";

/** As it is in JSON: an enumeration of strings is one of these strings. */
type Json<Value> = Value extends string ? `${Value}`
  : Value extends object ? { [Key in keyof Value]: Json<Value[Key]> }
  : Value;

interface FieldConfig<Custom> {
  defaults: Omit<grafana.FieldConfig, "custom"> & { custom?: Custom };
  overrides: grafana.FieldConfigSource["overrides"];
}

/** Grafana tells the queries of a panel apart by `refId`. */
type Query =
  & Omit<Dataquery, "_implementsDataqueryVariant" | "refId">
  & { refId: string };

type PanelOf<Type extends string, Options, Custom> =
  & Omit<grafana.Panel, "type" | "options" | "fieldConfig" | "targets">
  & {
    type: Type;
    options: Options;
    fieldConfig: FieldConfig<Custom>;
    targets: Query[];
  };

export type Panel = Json<
  | PanelOf<"stat", StatOptions, Record<never, never>>
  | PanelOf<"table", TableOptions, TableFields>
  | PanelOf<"timeseries", GraphOptions, GraphFields>
>;

export type Dashboard =
  & Json<Omit<grafana.Dashboard, "panels">>
  & { panels: (Panel | Json<grafana.RowPanel>)[] };
