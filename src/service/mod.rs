//! Being a good citizen of a Linux machine: systemd, signals, logs.

pub mod log;
pub mod signal;
pub mod systemd;
