//! Tells the linker what no setting of Cargo can say for one platform of a package.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    let is =
        |variable: &str, value: &str| std::env::var(variable).is_ok_and(|found| found == value);
    // cargo-zigbuild links for the glibc that it is told, and its linker does not know the option.
    let zig = std::env::var("RUSTC_LINKER").is_ok_and(|linker| linker.contains("zigcc"));
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && !zig {
        // Rust's library asks for these two weakly, and does without. GNU's linker writes down all the same that the program
        // needs the glibc of the machine it was linked on (2.39 and later), and Debian 12 then refuses to start it. Under these names
        // nobody has them.
        for symbol in ["pidfd_spawnp", "pidfd_getpid"] {
            println!("cargo::rustc-link-arg-bins=-Wl,--wrap={symbol}");
        }
    }
}
