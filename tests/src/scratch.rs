//! Folders that tests write to.

use std::fs;
use std::path::{Path, PathBuf};

/// A folder of one test, gone at its end, however that comes about.
///
/// It lies outside of the workspace, since cargo looks for one around a package.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// An empty folder. The name must be unique among the tests of a process; processes have folders of their own.
    ///
    /// # Panics
    ///
    /// When the system's folder for temporary files cannot be written.
    pub fn new(name: &str) -> Self {
        let folder = format!("urutu-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(folder);
        // What a process that had this number before may have left.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("temporary files can be written");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file in it, with the folders on the way.
    ///
    /// # Panics
    ///
    /// When the file cannot be written.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        let folder = path.parent().expect("a file lies in a folder");
        fs::create_dir_all(folder).expect("temporary files can be written");
        fs::write(&path, content).expect("temporary files can be written");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Best effort: it is the system's to clean up what is left there.
        let _ = fs::remove_dir_all(&self.0);
    }
}
