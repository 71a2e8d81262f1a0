#![no_main]

#[path = "../bodies/jpeg.rs"]
mod jpeg;

libfuzzer_sys::fuzz_target!(|data: &[u8]| jpeg::check(data));
