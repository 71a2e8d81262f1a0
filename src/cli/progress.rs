//! How far a long piece of work is, for whoever sits at the terminal.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over `total` inferences with the time that is left; hidden when standard error is no terminal.
pub fn inferences(total: u64) -> ProgressBar {
    bar(Some(total), "{bar:40} {pos}/{len} inferences, {eta} left")
}

/// A count of frames: how many there are is not known before the end.
pub fn frames() -> ProgressBar {
    bar(None, "{spinner} {pos} frames of {msg}")
}

/// Bytes of a download of `total` bytes.
pub fn bytes(total: u64) -> ProgressBar {
    bar(
        Some(total),
        "{bar:40} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left",
    )
}

/// A bar over `total` frames, with what is being measured.
pub fn measured_frames(total: u64) -> ProgressBar {
    bar(
        Some(total),
        "{bar:40} {pos}/{len} frames, {eta} left  {msg}",
    )
}

fn bar(total: Option<u64>, template: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template).expect("the template is right");
    ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_style(style)
}
