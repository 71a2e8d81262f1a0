//! Being a good citizen of a Linux machine: systemd, signals, logs.
