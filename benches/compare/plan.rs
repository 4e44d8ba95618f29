//! The workloads and their targets.

use crate::run::{Api, Cores, Peer, Transport};

/// One command line for the bench programs, and what is read off it.
pub struct Workload {
    /// The words after the program's name.
    pub arguments: &'static str,
    /// Which of Paho's APIs is measured.
    pub api: Api,
    /// Where client and sink run.
    pub cores: Cores,
    /// Who plays it.
    pub peers: &'static [Peer],
    /// What the table shows of it.
    pub rows: &'static [Row],
}

impl Workload {
    /// What it is called.
    pub fn label(&self) -> String {
        self.api.label(self.arguments)
    }

    /// What it goes over.
    pub fn transport(&self) -> Transport {
        Transport::of(self.arguments)
    }
}

/// One line of the table.
pub struct Row {
    /// What it says.
    pub title: &'static str,
    /// The name of the figure in the program's report.
    pub figure: &'static str,
    /// What must be reached, and what we want.
    pub must: Option<Bound>,
    /// See `must`.
    pub want: Option<Bound>,
}

/// A target, always against a peer in the same run.
#[derive(Clone, Copy)]
pub enum Bound {
    /// At least so many times as fast as the peer.
    AtLeast(f64, Peer),
    /// At most so many times the named figure of the peer.
    AtMost(f64, Peer, &'static str),
}

impl Row {
    /// Rates are better when larger, latencies when smaller; their names end in their unit.
    pub fn is_latency(&self) -> bool {
        self.figure.ends_with("_us")
    }
}

const ALL: &[Peer] = &Peer::ALL;
const LIBRARIES: &[Peer] = &[Peer::Ours, Peer::Original, Peer::Mosquitto];
const PAHO: &[Peer] = &[Peer::Ours, Peer::Original];
const PAHO_AND_RAW: &[Peer] = &[Peer::Ours, Peer::Original, Peer::Raw];
const PAHO_AND_PLAIN: &[Peer] = &[Peer::Ours, Peer::Original, Peer::Plain];

/// So many times as fast as the original: must, want.
const fn times(title: &'static str, figure: &'static str, must: f64, want: f64) -> Row {
    Row {
        title,
        figure,
        must: Some(Bound::AtLeast(must, Peer::Original)),
        want: Some(Bound::AtLeast(want, Peer::Original)),
    }
}

/// At least this part of what our library does over plain TCP.
const fn of_plain(title: &'static str, must: f64) -> Row {
    Row { title, figure: "flood_rate", must: Some(Bound::AtLeast(must, Peer::Plain)), want: None }
}

/// At most so many times the median latency of `peer`: must, want.
const fn within(title: &'static str, peer: Peer, must: f64, want: f64) -> Row {
    Row {
        title,
        figure: "p50_us",
        must: Some(Bound::AtMost(must, peer, "p50_us")),
        want: Some(Bound::AtMost(want, peer, "p50_us")),
    }
}

/// Shown for completeness.
const fn shown(title: &'static str, figure: &'static str) -> Row {
    Row { title, figure, must: None, want: None }
}

/// The issue gives callback mode's targets in microseconds on a machine where libmosquitto needs 33.
const MOSQUITTO_US: f64 = 33.0;

/// One on MQTTAsync, with a row for the table.
const fn asynchronous(
    arguments: &'static str,
    cores: Cores,
    peers: &'static [Peer],
    rows: &'static [Row],
) -> Workload {
    Workload { arguments, api: Api::Async, cores, peers, rows }
}

/// One on MQTTClient over TLS or WebSocket.
const fn over(
    arguments: &'static str,
    cores: Cores,
    peers: &'static [Peer],
    rows: &'static [Row],
) -> Workload {
    Workload { arguments, api: Api::Client, cores, peers, rows }
}

/// All workloads of the table, in its order.
pub const WORKLOADS: &[Workload] = &[
    Workload {
        arguments: "publish size=64",
        api: Api::Client,
        cores: Cores::Two,
        peers: ALL,
        rows: &[times("QoS 0 publish 64 B", "flood_rate", 20.0, 40.0)],
    },
    Workload {
        arguments: "publish size=1024",
        api: Api::Client,
        cores: Cores::Two,
        peers: ALL,
        rows: &[times("QoS 0 publish 1 KiB", "flood_rate", 6.0, 10.0)],
    },
    Workload {
        arguments: "publish size=65536",
        api: Api::Client,
        cores: Cores::Two,
        peers: ALL,
        rows: &[Row {
            title: "QoS 0 publish 64 KiB",
            figure: "flood_rate",
            must: Some(Bound::AtLeast(0.8, Peer::Raw)),
            want: Some(Bound::AtLeast(0.95, Peer::Raw)),
        }],
    },
    Workload {
        arguments: "publish size=64 callbacks=1",
        api: Api::Client,
        cores: Cores::Two,
        peers: LIBRARIES,
        rows: &[shown("QoS 0 publish 64 B, callback mode", "flood_rate")],
    },
    Workload {
        arguments: "publish size=64 threads=4 handles=1",
        api: Api::Client,
        cores: Cores::All,
        peers: PAHO,
        rows: &[shown("QoS 0 publish 64 B, 4 threads on 1 handle", "flood_rate")],
    },
    Workload {
        arguments: "publish size=64 threads=4 handles=4",
        api: Api::Client,
        cores: Cores::All,
        peers: LIBRARIES,
        rows: &[shown("QoS 0 publish 64 B, 4 threads on 4 handles", "flood_rate")],
    },
    Workload {
        arguments: "complete qos=1",
        api: Api::Client,
        cores: Cores::One,
        peers: ALL,
        rows: &[
            within("QoS 1 publish + wait, sync mode, p50", Peer::Raw, 1.5, 1.3),
            shown("QoS 1 publish + wait, sync mode, p99", "p99_us"),
        ],
    },
    Workload {
        arguments: "complete qos=2",
        api: Api::Client,
        cores: Cores::One,
        peers: ALL,
        rows: &[
            within("QoS 2 publish + wait, sync mode, p50", Peer::Raw, 1.6, 1.3),
            shown("QoS 2 publish + wait, sync mode, p99", "p99_us"),
        ],
    },
    Workload {
        arguments: "complete qos=1 callbacks=1",
        api: Api::Client,
        cores: Cores::One,
        peers: ALL,
        rows: &[
            within(
                "QoS 1 publish + wait, callbacks, p50",
                Peer::Mosquitto,
                30.0 / MOSQUITTO_US,
                24.0 / MOSQUITTO_US,
            ),
            Row {
                title: "QoS 1 publish + wait, callbacks, p99",
                figure: "p99_us",
                must: Some(Bound::AtMost(60.0 / MOSQUITTO_US, Peer::Mosquitto, "p50_us")),
                want: None,
            },
        ],
    },
    Workload {
        arguments: "pipeline qos=1 callbacks=1",
        api: Api::Client,
        cores: Cores::Two,
        peers: ALL,
        rows: &[times("QoS 1 pipelined, window 65535", "rate", 40.0, 80.0)],
    },
    Workload {
        arguments: "pipeline qos=2 callbacks=1",
        api: Api::Client,
        cores: Cores::Two,
        peers: ALL,
        rows: &[times("QoS 2 pipelined, window 65535", "rate", 40.0, 80.0)],
    },
    Workload {
        arguments: "pipeline qos=1 callbacks=1 window=900",
        api: Api::Client,
        cores: Cores::Two,
        peers: ALL,
        rows: &[times("QoS 1 pipelined, 900 in flight", "rate", 20.0, 40.0)],
    },
    Workload {
        arguments: "receive callbacks=1",
        api: Api::Client,
        cores: Cores::Two,
        peers: ALL,
        rows: &[times("receive QoS 0 64 B, callbacks", "rate", 30.0, 50.0)],
    },
    Workload {
        arguments: "receive",
        api: Api::Client,
        cores: Cores::Two,
        peers: ALL,
        rows: &[times("receive QoS 0 64 B, MQTTClient_receive", "rate", 30.0, 50.0)],
    },
    Workload {
        arguments: "receive callbacks=1 size=1024",
        api: Api::Client,
        cores: Cores::Two,
        peers: ALL,
        rows: &[times("receive QoS 0 1 KiB, callbacks", "rate", 15.0, 25.0)],
    },
    Workload {
        arguments: "receive callbacks=1 qos=1",
        api: Api::Client,
        cores: Cores::Two,
        peers: ALL,
        rows: &[times("receive QoS 1 64 B, callbacks", "rate", 20.0, 35.0)],
    },
    Workload {
        arguments: "receive callbacks=1 qos=1 size=1024",
        api: Api::Client,
        cores: Cores::Two,
        peers: ALL,
        rows: &[times("receive QoS 1 1 KiB, callbacks", "rate", 15.0, 30.0)],
    },
    Workload {
        arguments: "many-receive clients=2",
        api: Api::Client,
        cores: Cores::All,
        peers: PAHO,
        rows: &[shown("receive QoS 0 64 B, callbacks of 2 clients in turn", "rate")],
    },
    Workload {
        arguments: "many-receive clients=2 turn=0",
        api: Api::Client,
        cores: Cores::All,
        peers: PAHO,
        rows: &[shown("receive QoS 0 64 B, callbacks of 2 clients at the same time", "rate")],
    },
    Workload {
        arguments: "echo callbacks=1",
        api: Api::Client,
        cores: Cores::One,
        peers: ALL,
        rows: &[
            times("echo QoS 0, callbacks, p50", "p50_us", 1.25, 1.35),
            shown("echo QoS 0, callbacks, p99", "p99_us"),
        ],
    },
    Workload {
        arguments: "echo",
        api: Api::Client,
        cores: Cores::One,
        peers: ALL,
        rows: &[
            times("echo QoS 0, sync mode, p50", "p50_us", 1.3, 1.5),
            shown("echo QoS 0, sync mode, p99", "p99_us"),
        ],
    },
    Workload {
        arguments: "echo qos=1 callbacks=1",
        api: Api::Client,
        cores: Cores::One,
        peers: ALL,
        rows: &[
            within("echo QoS 1, callbacks, p50", Peer::Raw, 1.7, 1.4),
            shown("echo QoS 1, callbacks, p99", "p99_us"),
        ],
    },
    Workload {
        arguments: "connect",
        api: Api::Client,
        cores: Cores::One,
        peers: ALL,
        rows: &[times("connect + disconnect", "rate", 600.0, 900.0)],
    },
    Workload {
        arguments: "connect callbacks=1",
        api: Api::Client,
        cores: Cores::One,
        peers: LIBRARIES,
        rows: &[shown("connect + disconnect, callback mode", "rate")],
    },
    asynchronous(
        "publish size=64 callbacks=1",
        Cores::Two,
        ALL,
        &[times("MQTTAsync: QoS 0 64 B, one thread", "flood_rate", 30.0, 60.0)],
    ),
    asynchronous(
        "publish size=64 callbacks=1 threads=4",
        Cores::All,
        LIBRARIES,
        &[times("MQTTAsync: QoS 0 64 B, 4 threads on 1 client", "flood_rate", 25.0, 50.0)],
    ),
    asynchronous(
        "publish size=1024 callbacks=1",
        Cores::Two,
        ALL,
        &[times("MQTTAsync: QoS 0 1 KiB", "flood_rate", 15.0, 22.0)],
    ),
    asynchronous(
        "publish size=65536 callbacks=1",
        Cores::Two,
        ALL,
        &[Row {
            title: "MQTTAsync: QoS 0 64 KiB",
            figure: "flood_rate",
            must: Some(Bound::AtLeast(0.8, Peer::Raw)),
            want: Some(Bound::AtLeast(0.9, Peer::Raw)),
        }],
    ),
    asynchronous(
        "pipeline qos=0 callbacks=1 window=60000",
        Cores::Two,
        LIBRARIES,
        &[shown("MQTTAsync: QoS 0 64 B, told of each", "rate")],
    ),
    asynchronous(
        "pipeline qos=1 callbacks=1 window=60000",
        Cores::Two,
        ALL,
        &[times("MQTTAsync: QoS 1 pipelined", "rate", 20.0, 40.0)],
    ),
    asynchronous(
        "pipeline qos=2 callbacks=1 window=60000",
        Cores::Two,
        ALL,
        &[times("MQTTAsync: QoS 2 pipelined", "rate", 15.0, 30.0)],
    ),
    asynchronous(
        "pipeline qos=1 callbacks=1 count=20000",
        Cores::All,
        ALL,
        &[times("MQTTAsync: 20,000 QoS 1 requests at once", "rate", 100.0, 200.0)],
    ),
    asynchronous(
        "pipeline qos=1 callbacks=1 window=900 directory=/dev/shm/ferro-bench",
        Cores::Two,
        PAHO,
        &[times("MQTTAsync: QoS 1, stored in files", "rate", 5.0, 9.0)],
    ),
    asynchronous(
        "pipeline qos=2 callbacks=1 window=900 directory=/dev/shm/ferro-bench",
        Cores::Two,
        PAHO,
        &[times("MQTTAsync: QoS 2, stored in files", "rate", 4.0, 6.0)],
    ),
    asynchronous(
        "receive callbacks=1",
        Cores::Two,
        ALL,
        &[times("MQTTAsync: receive QoS 0 64 B", "rate", 30.0, 50.0)],
    ),
    asynchronous(
        "receive callbacks=1 qos=2",
        Cores::Two,
        PAHO,
        &[times("MQTTAsync: receive QoS 2 64 B", "rate", 30.0, 60.0)],
    ),
    asynchronous(
        "echo callbacks=1",
        Cores::One,
        ALL,
        &[
            times("MQTTAsync: echo QoS 0, p50", "p50_us", 1.5, 1.7),
            shown("MQTTAsync: echo QoS 0, p99", "p99_us"),
        ],
    ),
    over(
        "publish over=tls size=1024",
        Cores::Two,
        PAHO_AND_RAW,
        &[times("TLS: QoS 0 1 KiB", "flood_rate", 4.0, 5.0)],
    ),
    over(
        "publish over=tls size=65536",
        Cores::Two,
        PAHO_AND_RAW,
        &[times("TLS: QoS 0 64 KiB", "flood_rate", 30.0, 36.0)],
    ),
    over(
        "receive over=tls callbacks=1 size=1024",
        Cores::Two,
        PAHO,
        &[times("TLS: receive QoS 0 1 KiB, callbacks", "rate", 5.5, 6.3)],
    ),
    over(
        "receive over=tls size=1024",
        Cores::Two,
        PAHO,
        &[shown("TLS: receive QoS 0 1 KiB, MQTTClient_receive", "rate")],
    ),
    over(
        "complete over=tls qos=1",
        Cores::One,
        PAHO_AND_RAW,
        &[
            Row {
                title: "TLS: QoS 1 publish + wait, sync mode, p50",
                figure: "p50_us",
                must: Some(Bound::AtMost(1.5, Peer::Raw, "p50_us")),
                want: None,
            },
            shown("TLS: QoS 1 publish + wait, sync mode, p99", "p99_us"),
        ],
    ),
    over(
        "connect over=tls",
        Cores::One,
        PAHO,
        &[times("TLS: connect + disconnect, resumed", "rate", 70.0, 95.0)],
    ),
    asynchronous(
        "publish over=tls callbacks=1 size=1024",
        Cores::Two,
        PAHO_AND_RAW,
        &[times("TLS: MQTTAsync: QoS 0 1 KiB", "flood_rate", 6.0, 10.0)],
    ),
    asynchronous(
        "publish over=tls callbacks=1 size=65536",
        Cores::Two,
        PAHO_AND_RAW,
        &[times("TLS: MQTTAsync: QoS 0 64 KiB", "flood_rate", 1.3, 1.4)],
    ),
    asynchronous(
        "receive over=tls callbacks=1 size=1024",
        Cores::Two,
        PAHO,
        &[times("TLS: MQTTAsync: receive QoS 0 1 KiB", "rate", 4.5, 5.6)],
    ),
    over(
        "publish over=websocket size=64",
        Cores::Two,
        PAHO_AND_PLAIN,
        &[of_plain("WebSocket: QoS 0 64 B, beside 1 KiB over TCP", 0.8)],
    ),
    over(
        "publish over=websocket size=1024",
        Cores::Two,
        PAHO_AND_PLAIN,
        &[of_plain("WebSocket: QoS 0 1 KiB, beside 1 KiB over TCP", 0.8)],
    ),
];
