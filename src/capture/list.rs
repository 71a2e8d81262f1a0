//! The cameras of this machine.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::capture::CaptureError;
use crate::capture::offer::Offer;
use crate::capture::v4l2::{Capability, Node};

/// What was found below `/dev`.
#[derive(Debug, Default)]
pub struct Listing {
    /// The nodes that capture pictures.
    pub cameras: Vec<Listed>,
    /// The nodes that could not be asked.
    pub refused: Vec<CaptureError>,
}

/// A node that captures pictures.
#[derive(Debug)]
pub struct Listed {
    /// The node, `/dev/videoN`.
    pub path: PathBuf,
    /// A link to it that stays the same when cameras are plugged in another order.
    pub by_id: Option<PathBuf>,
    /// What it is.
    pub capability: Capability,
    /// What it offers; of a range of sizes, with the rates of the largest.
    pub offers: Vec<Offer>,
}

/// Asks every video node of this machine what it is.
pub fn cameras() -> Listing {
    let links = links();
    let mut listing = Listing::default();
    for path in nodes() {
        match ask(&path) {
            Ok((capability, offers)) if capability.captures() => {
                let by_id = links.get(&path).cloned();
                listing.cameras.push(Listed {
                    path,
                    by_id,
                    capability,
                    offers,
                });
            }
            Ok(_) => {}
            Err(error) => listing.refused.push(error),
        }
    }
    listing
}

fn ask(path: &Path) -> Result<(Capability, Vec<Offer>), CaptureError> {
    let node = Node::open(path)?;
    Ok((node.capability()?, node.offers(None)))
}

/// `/dev/video0`, `/dev/video1`, … as far as they are there.
fn nodes() -> Vec<PathBuf> {
    let mut nodes: Vec<_> = entries("/dev")
        .filter_map(|path| Some((number(&path)?, path)))
        .collect();
    nodes.sort();
    nodes.into_iter().map(|(_, path)| path).collect()
}

fn number(path: &Path) -> Option<u32> {
    path.file_name()?
        .to_str()?
        .strip_prefix("video")?
        .parse()
        .ok()
}

/// Node → the link that names it by maker, product and serial number. Several links may lead to one node; the first
/// wins.
fn links() -> HashMap<PathBuf, PathBuf> {
    let mut links: Vec<_> = entries("/dev/v4l/by-id").collect();
    links.sort_by(|a, b| b.cmp(a));
    let node = |link: PathBuf| Some((fs::canonicalize(&link).ok()?, link));
    links.into_iter().filter_map(node).collect()
}

/// What is in a folder; nothing when it is not there.
fn entries(folder: &str) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_told_from_their_neighbours() {
        assert_eq!(number(Path::new("/dev/video12")), Some(12));
        assert_eq!(number(Path::new("/dev/video")), None);
        assert_eq!(number(Path::new("/dev/video-dec0")), None);
        assert_eq!(number(Path::new("/dev/vbi0")), None);
    }
}
