//! Finds a library of ONNX Runtime that this build can use.
//!
//! A library is code: only paths that the configuration, the environment or the package names are loaded. Each is probed
//! before crate `ort` sees it, because `ort` panics or aborts where a probe can say what is wrong.

use std::ffi::CStr;
use std::path::{Path, PathBuf};

use ort::sys::{ORT_API_VERSION, OrtApiBase};

use crate::causes::chain;
use crate::detect::{DetectError, NotUsed};

/// A library that can be used.
#[derive(Clone, Debug)]
pub struct Library {
    /// Where it was found, or its bare name if the system's loader finds it.
    pub path: PathBuf,
    /// Its version, such as `1.32.0`.
    pub version: String,
}

impl Library {
    /// The library at `path`; without one, the first usable of the usual places.
    pub fn find(path: Option<&Path>) -> Result<Self, DetectError> {
        let places = path.map_or_else(usual_places, |path| vec![path.to_owned()]);
        let mut tried = Vec::new();
        for path in places {
            match probe(&path) {
                Ok(version) => return Ok(Self { path, version }),
                Err(why) => tried.push(not_used(&path, why)),
            }
        }
        Err(DetectError::NoLibrary { tried })
    }

    /// The second number of its version.
    pub fn minor(&self) -> u32 {
        minor(&self.version).unwrap_or(ORT_API_VERSION)
    }

    /// The error of a library that passed the probe and failed after it.
    pub fn unusable(&self, why: String) -> DetectError {
        DetectError::NoLibrary {
            tried: vec![not_used(&self.path, why)],
        }
    }
}

fn not_used(path: &Path, why: String) -> NotUsed {
    NotUsed {
        what: path.display().to_string(),
        why,
    }
}

/// `ORT_DYLIB_PATH`, beside the program, where the package puts it, where the system's loader looks.
fn usual_places() -> Vec<PathBuf> {
    const NAMES: [&str; 2] = ["libonnxruntime.so", "libonnxruntime.so.1"];
    let named = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty());
    let program = std::env::current_exe().ok();
    let beside = program.as_deref().and_then(Path::parent);
    let folders = beside
        .into_iter()
        .flat_map(|folder| [folder.to_owned(), folder.join("../lib/watchpost")]);
    let folders = folders.chain([PathBuf::from("/usr/lib/watchpost")]);
    let there = folders
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .filter(|path| path.exists());
    let loaders = NAMES.map(PathBuf::from);
    named
        .map(PathBuf::from)
        .into_iter()
        .chain(there)
        .chain(loaders)
        .collect()
}

/// The version of the library at `path`, or why it cannot be used. A usable one stays loaded.
fn probe(path: &Path) -> Result<String, String> {
    // SAFETY: loading runs the library's constructors; the path comes from the configuration, the environment or the
    // package, each of which may name code to run.
    let library = unsafe { libloading::Library::new(path) }.map_err(|error| chain(&error))?;
    // SAFETY: a symbol of this name has this type in every release of ONNX Runtime; it is part of its stable C interface.
    let base =
        unsafe { library.get::<unsafe extern "C" fn() -> *const OrtApiBase>(b"OrtGetApiBase\0") };
    let base = base.map_err(|_| "it does not export OrtGetApiBase".to_owned())?;
    // SAFETY: the function takes nothing and answers with a static table or null.
    let base = unsafe { base().as_ref() }.ok_or("its OrtGetApiBase answers with nothing")?;
    // SAFETY: the table's two functions may be called at any time, and the version is a static string.
    let version = unsafe { CStr::from_ptr((base.GetVersionString)()) };
    let version = version.to_string_lossy().into_owned();
    supported(&version)?;
    // SAFETY: as above; the answer is only compared with null.
    if unsafe { (base.GetApi)(ORT_API_VERSION) }.is_null() {
        return Err(format!(
            "version {version} does not offer interface {ORT_API_VERSION}"
        ));
    }
    std::mem::forget(library);
    Ok(version)
}

/// An older library would make `ort` panic, and asking it for the interface prints to standard error.
fn supported(version: &str) -> Result<(), String> {
    match minor(version) {
        Some(minor) if version.starts_with("1.") && minor >= ORT_API_VERSION => Ok(()),
        _ => Err(format!(
            "its version {version} is not 1.{ORT_API_VERSION} or later"
        )),
    }
}

fn minor(version: &str) -> Option<u32> {
    version.split('.').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_without_a_library_says_so() {
        let error =
            Library::find(Some(Path::new("/nowhere/libonnxruntime.so"))).expect_err("is not there");
        let text = error.to_string();
        assert!(
            text.starts_with("no usable library of ONNX Runtime: /nowhere/libonnxruntime.so: "),
            "{text}"
        );
    }

    #[test]
    fn another_library_is_not_taken_for_it() {
        let error = Library::find(Some(Path::new("libc.so.6"))).expect_err("is another one");
        let expected =
            "no usable library of ONNX Runtime: libc.so.6: it does not export OrtGetApiBase";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(supported("1.32.0").is_ok());
        assert!(supported("1.9.0").is_err());
        assert!(supported("0.99.0").is_err());
        assert!(supported("").is_err());
    }
}
