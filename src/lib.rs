//! Watchpost finds people in the pictures of a camera and tells, over MQTT, that somebody came, where, for how long, and
//! when they left. It tells, it never shows; and what it has to tell is never lost.
//!
//! A frame comes in on the left and an event leaves on the right. Each stage takes the previous stage's type and returns
//! its own; none calls upstream:
//!
//! ```text
//! capture → motion → convert → detect → track → decide → publish
//!  Frame     Gate     Tensor   Detection Track   Event    MQTT message
//! ```
//!
//! | module | idea |
//! |---|---|
//! | [`types`] | what the stages hand to each other; `std` only |
//! | [`config`] | text → `ConfigFile` → [`config::Config`], all complaints at once |
//! | [`capture`] | frames from V4L2 nodes and from clips, with a deadline on every wait |
//! | [`motion`] | whether a frame is worth an inference |
//! | [`view`] | whether the camera still sees anything |
//! | [`convert`] | a frame's bytes → the model's input tensor |
//! | [`detect`] | tensor → people, through the backend that this machine has |
//! | [`track`] | people in single frames → people over time |
//! | [`decide`] | tracks → events: visits, zones, lines, dwell |
//! | [`publish`] | events → outbox on disk → MQTT broker |
//! | [`pipeline`] | the flow above in one function, and the threads that run it |
//! | [`update`] | how a model comes onto the device: zoo, download, gate, store |
//! | [`still`] | a picture from a file, and its way into a model |
//! | [`eval`] | how good a model is on labelled pictures |
//! | [`bench`] | how fast, large and hungry a model is on this machine |
//! | [`telemetry`] | what the machine tells about itself: power, heat, memory |
//! | [`metrics`] | counts and times for Prometheus, on loopback and only where somebody wants them; reads what `status` reads |
//! | [`doctor`] | what is wrong with this machine, and what to do about it |
//! | [`assignment`] | the pairs of greatest sum, for tracking and for its figures |
//! | [`causes`] | an error with its causes, on one line |
//! | [`json_file`] | a small file that is whole after any power cut |
//! | [`service`] | systemd, signals, logs |
//! | [`cli`] | one file a subcommand |
//!
//! What holds everywhere:
//!
//! - Files named for an idea (`nms`, `presence`, `outbox`) are pure; files named for a technology (`v4l2`, `mqtt`) do I/O.
//! - [`clock`] alone tells the stages the time and [`random`] alone makes randomness; both come in as arguments. Seeded numbers
//!   are [`dice`].
//! - Frames live on plain threads; tokio appears in [`publish`], `metrics::http` and `service::signal` only.
//! - No type of [`publish`] can hold pixels.

pub mod assignment;
pub mod backoff;
pub mod bench;
pub mod capture;
pub mod causes;
pub mod cli;
pub mod clock;
pub mod config;
pub mod convert;
pub mod decide;
pub mod detect;
pub mod dice;
pub mod doctor;
pub mod eval;
pub mod json_file;
pub mod metrics;
pub mod motion;
pub mod patience;
pub mod pipeline;
pub mod publish;
pub mod random;
pub mod service;
pub mod still;
pub mod telemetry;
pub mod track;
pub mod types;
pub mod update;
pub mod view;
