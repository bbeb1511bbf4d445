-- A table for the events of webstat, one row a line of --events (docs/events.md).
CREATE TABLE IF NOT EXISTS webstat_events
(
    instance       String,
    ts             Float64,
    time           DateTime MATERIALIZED toDateTime(ts),
    kind           String,
    src            Nullable(String),
    sport          Nullable(UInt16),
    dst            Nullable(String),
    dport          UInt16,
    host           String,
    name           String,
    name_source    String,
    method         Nullable(String),
    target         Nullable(String),
    version        Nullable(String),
    status         Nullable(UInt16),
    request_bytes  UInt64,
    response_bytes UInt64,
    duration_ms    Nullable(Float64),
    content_type   Nullable(String),
    user_agent     Nullable(String),
    tls            String,
    alpn           Nullable(String),
    ja4            Nullable(String),
    quic_version   Nullable(String),
    qtype          String,
    rcode          Nullable(String),
    answers        Array(String)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (kind, host, ts)
