// Hand-made packets for tests, built from the inside out: what a layer carries is always bytes.
//
//   pcap([ethernet(ipv4({ src: "10.0.0.1", dst: "10.0.0.2" }, tcp({ dport: 80 }, text("GET /..."))))])

export * from "./packets/bytes.ts";
export * from "./packets/devices.ts";
export * from "./packets/dns.ts";
export * from "./packets/files.ts";
export * from "./packets/frames.ts";
export * from "./packets/http.ts";
export * from "./packets/link.ts";
export * from "./packets/network.ts";
export * from "./packets/tags.ts";
export * from "./packets/tls.ts";
export * from "./packets/transport.ts";
export * from "./packets/tunnels.ts";
export * from "./packets/wlan_frames.ts";
