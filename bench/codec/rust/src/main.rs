//! The codec of Rust's OpenTelemetry crates (prost), on requests of the codec suite: `codec SIGNAL WORK FILE ITEMS` prints
//! nanoseconds of CPU per item.
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use std::hint::black_box;

const WARM_UP_MS: i64 = 1500;
const MEASURED_MS: i64 = 3000;

fn cpu_ns() -> i64 {
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    let ns = |time: libc::timeval| time.tv_sec * 1_000_000_000 + time.tv_usec * 1_000;
    ns(usage.ru_utime) + ns(usage.ru_stime)
}

fn measure(mut once: impl FnMut(), ms: i64, items: f64) -> f64 {
    let begin = cpu_ns();
    for times in 1.. {
        once();
        let used = cpu_ns() - begin;
        if used >= ms * 1_000_000 {
            return used as f64 / times as f64 / items;
        }
    }
    unreachable!()
}

fn run<M: Message + Default>(work: &str, bytes: &[u8], items: f64) -> f64 {
    let decoded = M::decode(bytes).expect("a request");
    let once = || {
        if work == "encode" {
            black_box(decoded.encode_to_vec());
        } else {
            black_box(M::decode(bytes).expect("a request"));
        }
    };
    measure(once, WARM_UP_MS, items);
    measure(once, MEASURED_MS, items)
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let bytes = std::fs::read(&args[3]).expect("the file of the request");
    let items: f64 = args[4].parse().expect("a number of items");
    let ns = match args[1].as_str() {
        "metrics" => run::<ExportMetricsServiceRequest>(&args[2], &bytes, items),
        "logs" => run::<ExportLogsServiceRequest>(&args[2], &bytes, items),
        _ => run::<ExportTraceServiceRequest>(&args[2], &bytes, items),
    };
    print!("{ns}");
}
