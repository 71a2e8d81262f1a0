//! Asks the runtime which provider took which node.
//!
//! From 1.24 on a session can tell. Crate `ort` knows no such function at the interface version that this build needs, so
//! it is called through the table: `OrtApi` is append-only, the function has had its place since 1.24, and the place is
//! only looked at when the loaded library is that new. Before, the profile of the first inference tells.

use std::ffi::{CStr, c_char, c_void};
use std::path::Path;

use ort::AsPointer;
use ort::session::Session;
use serde::Deserialize;

use crate::detect::placement::Nodes;

/// Session option without which nothing is recorded; libraries that do not know it pass it over.
pub const RECORD: (&str, &str) = ("session.record_ep_graph_assignment_info", "1");
/// Minor version of the first library that tells.
pub const TELLS_SINCE: u32 = 24;

/// Places in `OrtApi`, from `onnxruntime_c_api.h` of 1.24: `Session_GetEpGraphAssignmentInfo`,
/// `EpAssignedSubgraph_GetEpName` and `EpAssignedSubgraph_GetNodes`.
const ASSIGNMENT: usize = 407;
const EP_NAME: usize = 408;
const EP_NODES: usize = 409;

type Status = *mut ort::sys::OrtStatus;
type List = *const *const c_void;
type ListOf = unsafe extern "C" fn(*const c_void, *mut List, *mut usize) -> Status;
type NameOf = unsafe extern "C" fn(*const c_void, *mut *const c_char) -> Status;

/// How many nodes each provider took, from a library of 1.24 or later whose session was made with [`RECORD`].
pub fn recorded(session: &Session) -> Result<Nodes, String> {
    let mut nodes = Nodes::new();
    // SAFETY: the caller has checked that the loaded library's table reaches beyond these places; the functions there have
    // these types. What they answer belongs to the session, which outlives this function, and is only read.
    unsafe {
        let list: ListOf = function(ASSIGNMENT);
        let name_of: NameOf = function(EP_NAME);
        let nodes_of: ListOf = function(EP_NODES);
        let (mut parts, mut len) = (std::ptr::null(), 0);
        check(list(session.ptr().cast(), &raw mut parts, &raw mut len))?;
        for index in 0..len {
            let part = *parts.add(index);
            let (mut name, mut taken, mut count) = (std::ptr::null(), std::ptr::null(), 0);
            check(name_of(part, &raw mut name))?;
            check(nodes_of(part, &raw mut taken, &raw mut count))?;
            let name = CStr::from_ptr(name).to_string_lossy().into_owned();
            *nodes.entry(name).or_default() += count;
        }
    }
    Ok(nodes)
}

/// The function at a place of the loaded library's table.
///
/// # Safety
///
/// The table must reach that far, and `F` must be the type of the function there.
unsafe fn function<F: Copy>(place: usize) -> F {
    let table = std::ptr::from_ref(ort::api()).cast::<*const c_void>();
    // SAFETY: promised by the caller; a function pointer has the size of a pointer.
    unsafe { std::mem::transmute_copy(&*table.add(place)) }
}

/// # Safety
///
/// `status` must come from a function of the loaded library, and not be used again.
unsafe fn check(status: Status) -> Result<(), String> {
    if status.is_null() {
        return Ok(());
    }
    let api = ort::api();
    // SAFETY: promised by the caller; the message lives until the status is released, and is copied before.
    unsafe {
        let message = CStr::from_ptr((api.GetErrorMessage)(status))
            .to_string_lossy()
            .into_owned();
        (api.ReleaseStatus)(status);
        Err(message)
    }
}

/// One entry of a profile; of most only that it is there matters.
#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    name: String,
    #[serde(default)]
    args: Args,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Args {
    provider: Option<String>,
    node_index: Option<String>,
}

/// How many nodes each provider ran, from the profile that lies at `path`; the file is removed.
pub fn profiled(path: &Path) -> Result<Nodes, String> {
    let text = std::fs::read_to_string(path);
    // Best effort: it lies in the folder for temporary files.
    let _ = std::fs::remove_file(path);
    text.map_err(|error| error.to_string())
        .and_then(|text| parse(&text))
}

/// Each node has one entry an inference whose name ends in `_kernel_time`.
fn parse(profile: &str) -> Result<Nodes, String> {
    let entries: Vec<Entry> = serde_json::from_str(profile).map_err(|error| error.to_string())?;
    let mut nodes = Nodes::new();
    let mut seen = std::collections::BTreeSet::new();
    for entry in entries {
        let Some(provider) = entry.args.provider.filter(|name| !name.is_empty()) else {
            continue;
        };
        let is_node = entry.name.ends_with("_kernel_time");
        if is_node && seen.insert((provider.clone(), entry.args.node_index, entry.name)) {
            *nodes.entry(provider).or_default() += 1;
        }
    }
    Ok(nodes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_counts_each_node_once_however_often_it_ran() {
        let node = |name: &str, provider: &str, index: &str| {
            format!(
                r#"{{"cat":"Node","name":"{name}_kernel_time","args":{{"provider":"{provider}","node_index":"{index}"}}}}"#
            )
        };
        let profile = format!(
            r#"[{{"cat":"Session","name":"model_run","args":{{}}}},{},{},{},{{"name":"a_fence_before","args":{{}}}}]"#,
            node("a", "CUDAExecutionProvider", "0"),
            node("b", "CPUExecutionProvider", "1"),
            node("a", "CUDAExecutionProvider", "0"),
        );
        let nodes = parse(&profile).expect("is one");
        let expected = [("CPUExecutionProvider", 1), ("CUDAExecutionProvider", 1)];
        assert_eq!(
            nodes,
            expected
                .map(|(name, count)| (name.to_owned(), count))
                .into()
        );
        assert!(parse("[{").is_err());
    }
}
