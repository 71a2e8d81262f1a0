//! What the kernel says of this process.

use std::fs;

/// Resident memory in KiB.
pub fn resident_kib() -> u64 {
    number("status", "VmRSS:")
}

/// Bytes that were given to the kernel for writing.
pub fn bytes_written() -> u64 {
    number("io", "wchar:")
}

fn number(file: &str, key: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/self/{file}")).expect("Linux has it");
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .and_then(|digits| digits.parse().ok())
        .expect("a number")
}
