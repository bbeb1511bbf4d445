// A metric of Prometheus, as the tables of counters describe it (fields.ts, capture_counters.ts).

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
}

export const counter = (name: string, help: string): Metric => ({ name, help, type: "counter" });

export const gauge = (name: string, help: string): Metric => ({ name, help, type: "gauge" });
