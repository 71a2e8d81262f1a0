//! The cameras of this machine.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::capture::control::Control;
use crate::capture::identity::{self, Identity, NotFound};
use crate::capture::negotiate::{self, Choice, WantedSize, Wish};
use crate::capture::offer::Offer;
use crate::capture::v4l2::{Capability, Node};
use crate::capture::{CaptureError, sysfs};
use crate::config::CameraName;

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
    /// What it is, by the kernel's own account.
    pub identity: Identity,
    /// A name for the configuration that fits this camera only, at whichever port.
    pub own_name: Option<CameraName>,
    /// A link to it that stays the same when cameras are plugged in another order.
    pub by_id: Option<PathBuf>,
    /// A link to whatever is plugged in at the same place.
    pub by_path: Option<PathBuf>,
    /// What it is.
    pub capability: Capability,
    /// What it offers; of a range of sizes, with the rates of the one that would be used.
    pub offers: Vec<Offer>,
    /// Its knobs.
    pub controls: Vec<Control>,
    /// What would be used of it where the configuration says nothing.
    pub choice: Option<Choice>,
}

impl Listed {
    /// What to write as `source`: the name that lasts longest.
    pub fn source(&self) -> String {
        let link = self.by_path.as_ref().unwrap_or(&self.path);
        match &self.own_name {
            Some(name) => name.to_string(),
            None => link.display().to_string(),
        }
    }
}

/// Asks every video node of this machine what it is, and what would be used of it in the `usual` size.
pub fn cameras(usual: WantedSize) -> Listing {
    let by_id = links("/dev/v4l/by-id");
    let by_path = links("/dev/v4l/by-path");
    let mut listing = Listing::default();
    for path in nodes() {
        match ask(&path, usual) {
            Ok(Some(mut camera)) => {
                camera.by_id = by_id.get(&path).cloned();
                camera.by_path = by_path.get(&path).cloned();
                listing.cameras.push(camera);
            }
            Ok(None) => {}
            Err(error) => listing.refused.push(error),
        }
    }
    let there: Vec<_> = listing.cameras.iter().map(|c| c.identity.clone()).collect();
    for camera in &mut listing.cameras {
        camera.own_name = camera.identity.own_name(&there);
    }
    listing
}

/// The node of the camera that `name` fits.
pub fn resolve(name: &CameraName) -> Result<PathBuf, CaptureError> {
    let there: Vec<_> = nodes()
        .into_iter()
        .filter_map(|path| known(&path))
        .collect();
    let found = identity::find(name, &there).map(Path::to_owned);
    let name = name.to_string();
    found.map_err(|why| match why {
        NotFound::Absent(there) => CaptureError::Absent { name, there },
        NotFound::Several(found) => CaptureError::Several { name, found },
    })
}

/// What a node is, unless it says that no pictures come from it. One that cannot be asked is taken along: opening it
/// will tell why.
fn known(path: &Path) -> Option<Identity> {
    match Node::open(path).and_then(|node| node.capability()) {
        Ok(capability) if capability.refusal().is_some() => None,
        Ok(capability) => Some(identity_of(path, &capability)),
        Err(_) => Some(sysfs::identity(Path::new(sysfs::CLASS), path)),
    }
}

fn identity_of(path: &Path, capability: &Capability) -> Identity {
    let mut identity = sysfs::identity(Path::new(sysfs::CLASS), path);
    if !identity.cards.contains(&capability.card) {
        identity.cards.push(capability.card.clone());
    }
    identity
}

/// Everything but the names that depend on other cameras.
fn ask(path: &Path, usual: WantedSize) -> Result<Option<Listed>, CaptureError> {
    let node = Node::open(path)?;
    let capability = node.capability()?;
    if !capability.captures() {
        return Ok(None);
    }
    let wish = Wish {
        size: usual,
        ..Wish::default()
    };
    let offers = node.offers(&wish.size);
    let choice = match capability.refusal() {
        None => negotiate::choose(&offers, wish, node.bus(&capability)),
        Some(_) => None,
    };
    Ok(Some(Listed {
        path: path.to_owned(),
        identity: identity_of(path, &capability),
        own_name: None,
        by_id: None,
        by_path: None,
        offers,
        controls: node.controls(),
        choice,
        capability,
    }))
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

/// Node → the link in `folder` that leads to it. Several may; the first wins.
fn links(folder: &str) -> HashMap<PathBuf, PathBuf> {
    let mut links: Vec<_> = entries(folder).collect();
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
