//! Room on disk that is kept for deleting: redb writes new pages even to delete, so a full disk could not be emptied
//! otherwise. A file of zeros lies beside the outbox, and goes when a deletion finds no room.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// More than a deletion of 256 events needs, which touches about 60 pages of 4 KiB.
const BYTES: usize = 512 << 10;

/// Room on disk that is kept for deleting.
pub struct Reserve {
    path: PathBuf,
    held: bool,
}

impl Reserve {
    /// Takes the room in `folder`, if there is any.
    pub fn take(folder: &Path) -> Self {
        let path = folder.join("outbox.reserve");
        let held = fs::metadata(&path).is_ok_and(|file| file.len() == BYTES as u64);
        let mut reserve = Self { path, held };
        reserve.renew();
        reserve
    }

    /// Gives the room away. `false` if it has been given away before.
    pub fn release(&mut self) -> bool {
        let released = self.held && fs::remove_file(&self.path).is_ok();
        self.held = false;
        released
    }

    /// Takes the room again, if it was given away and there is room now.
    pub fn renew(&mut self) {
        if self.held {
            return;
        }
        self.held = self.write().is_ok();
        if !self.held {
            // Half a reserve would only be in the way.
            let _ = fs::remove_file(&self.path);
        }
    }

    fn write(&self) -> std::io::Result<()> {
        let mut file = fs::File::create(&self.path)?;
        file.write_all(&vec![0; BYTES])?;
        file.sync_all()
    }
}
