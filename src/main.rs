//! The `watchpost` binary: parses the command line and hands over to [`watchpost::cli`].

/// Keeps ONNX Runtime from reporting to its maker. The wheels of 1.32 do, and the switch in the library's interface comes too
/// late: by then it has written a device id into the home folder and opened an uploader. This is read before either.
const RUNTIME_SILENCE: &str = "ORT_DISABLE_TELEMETRY";

fn main() -> std::process::ExitCode {
    // SAFETY: no other thread exists yet, so that nobody reads the environment meanwhile.
    unsafe { std::env::set_var(RUNTIME_SILENCE, "1") };
    watchpost::cli::main()
}
