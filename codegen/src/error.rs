//! Why no code was generated.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::emit::{InvalidHook, InvalidRuntimePath};
use crate::prune::UnknownService;

/// Why no code was generated.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The catalog has errors.
    Catalog {
        /// The catalog.
        path: PathBuf,
        /// How many.
        errors: usize,
        /// All of them with their places, for people.
        rendered: String,
    },
    /// The filter names a service that the catalog does not have.
    UnknownService(UnknownService),
    /// What should be the path of the runtime crate is not a path.
    InvalidRuntimePath(InvalidRuntimePath),
    /// A hook is not valid, or matches nothing.
    InvalidHook(InvalidHook),
    /// `OUT_DIR` is not set, and no other folder was named.
    NoOutDir,
    /// A file is in the way that was not generated.
    NotGenerated(PathBuf),
    /// A file or folder cannot be read or written.
    Io {
        /// What was tried: `read`, `write`, ...
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Catalog { path, errors, .. } => {
                let plural = if *errors == 1 { "" } else { "s" };
                write!(f, "the catalog {} has {errors} error{plural}", path.display())
            }
            Self::UnknownService(error) => error.fmt(f),
            Self::InvalidRuntimePath(error) => error.fmt(f),
            Self::InvalidHook(error) => error.fmt(f),
            Self::NoOutDir => f.write_str(
                "OUT_DIR is not set, so this is no build script; name a folder with `Builder::out_dir`",
            ),
            Self::NotGenerated(path) => write!(
                f,
                "{} is in the way: urutu has not generated it and leaves it alone; move it, or choose another folder",
                path.display()
            ),
            Self::Io {
                action,
                path,
                source,
            } => write!(f, "cannot {action} {}: {source}", path.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<UnknownService> for Error {
    fn from(error: UnknownService) -> Self {
        Self::UnknownService(error)
    }
}

impl From<InvalidRuntimePath> for Error {
    fn from(error: InvalidRuntimePath) -> Self {
        Self::InvalidRuntimePath(error)
    }
}

impl From<InvalidHook> for Error {
    fn from(error: InvalidHook) -> Self {
        Self::InvalidHook(error)
    }
}
