// How Prometheus is told of a counter: beside the tables that list the counters, so that a new one is
// said in one place.

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
}

export const counter = (name: string, help: string): Metric => ({ name, help, type: "counter" });

export const gauge = (name: string, help: string): Metric => ({ name, help, type: "gauge" });
