//! What generated code needs of types that it does not generate (`extern_type`). The functions do nothing when they are called; they fail to
//! compile, with what is missing, where a type does not fit.

use std::fmt::Debug;
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::validate::Validate;

/// What every external type has.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand for a type of the catalog",
    label = "named by `extern_type` in the build script",
    note = "an external type implements `Clone`, `Debug`, `PartialEq`, `serde::Serialize` and `urutu::Validate`, and is `Send + Sync + 'static`"
)]
pub trait External {}

impl<T: Clone + Debug + PartialEq + Serialize + Validate + Send + Sync + 'static> External for T {}

/// What it has besides if the program reads it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read in place of a type of the catalog",
    label = "named by `extern_type` in the build script",
    note = "an external type in messages that the program handles implements `serde::Deserialize`"
)]
pub trait ExternalRead {}

impl<T: DeserializeOwned> ExternalRead for T {}

/// What it has besides if the catalog's type holds no `f64`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be hashed in place of a type of the catalog",
    label = "named by `extern_type` in the build script",
    note = "an external type for one without `f64` implements `Eq` and `Hash`, as what holds it does"
)]
pub trait ExternalHash {}

impl<T: Eq + Hash> ExternalHash for T {}

/// Compiles for types that can be external.
pub const fn external<T: External>() {}

/// Compiles for types that can be read.
pub const fn external_read<T: ExternalRead>() {}

/// Compiles for types that can be hashed.
pub const fn external_hash<T: ExternalHash>() {}
