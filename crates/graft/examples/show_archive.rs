//! Prints what a grafted program sees of its archive. The tests graft it.
//!
//! ```text
//! show_archive          none, or: LENGTH FNV-1a-HASH
//! show_archive ends     LENGTH FIRST-BYTE LAST-BYTE, without reading what is between
//! show_archive alive    does what a loader could have broken: heap, threads, unwinding
//! ```

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it is for the tests alone"
)]

fn main() {
    let archive = graft::mapped();
    match (std::env::args().nth(1).as_deref(), archive) {
        (None, None) => println!("none"),
        (None, Some(bytes)) => println!("{} {:016x}", bytes.len(), fnv1a(bytes)),
        (Some("ends"), Some(bytes)) => {
            println!("{} {:?} {:?}", bytes.len(), bytes.first(), bytes.last())
        }
        (Some("alive"), _) => println!("{}", alive()),
        _ => println!("what?"),
    }
}

/// The hash that is easiest to write.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn alive() -> String {
    // 64 MiB in pieces that malloc takes from the heap that brk(2) grows.
    let pieces: Vec<Box<[u8; 1024]>> = (0..65536).map(|i| Box::new([i as u8; 1024])).collect();
    let sum: u64 = pieces.iter().map(|piece| u64::from(piece[1023])).sum();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let heap = maps
        .lines()
        .find(|line| line.ends_with("[heap]"))
        .and_then(mapping_len);

    let thread = std::thread::spawn(|| vec![1_u8; 1 << 20].len()).join();
    std::panic::set_hook(Box::new(|_| {}));
    let unwound = std::panic::catch_unwind(|| panic!("on purpose")).is_err();
    format!(
        "sum {sum}, brk heap {}, thread {thread:?}, unwound {unwound}",
        heap.is_some_and(|len| len >= 60 << 20)
    )
}

/// Length of a line of `/proc/self/maps`, which starts with `START-END` in hexadecimal.
fn mapping_len(line: &str) -> Option<u64> {
    let (start, end) = line.split(' ').next()?.split_once('-')?;
    Some(u64::from_str_radix(end, 16).ok()? - u64::from_str_radix(start, 16).ok()?)
}
