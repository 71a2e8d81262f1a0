#![no_main]

#[path = "../bodies/avi.rs"]
mod avi;

libfuzzer_sys::fuzz_target!(|data: &[u8]| avi::check(data));
