// The queries of the dashboard, with its variables filled in as Grafana would.

/** `interval`, `range`: durations of PromQL. */
export function filledIn(query: string, interval = "5m", range = "1d"): string {
  return query.replaceAll("$__rate_interval", interval).replaceAll("$__range", range)
    .replaceAll("$instance", ".*").replaceAll("$host", "shop.test");
}
