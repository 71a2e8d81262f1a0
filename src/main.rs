//! The `watchpost` binary: parses the command line and hands over to [`watchpost::cli`].

fn main() -> std::process::ExitCode {
    watchpost::cli::main()
}
