//! Values that layers hand to handlers, one of a type.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The values of one delivery.
#[derive(Debug, Default)]
pub(crate) struct Extensions(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Extensions {
    /// Adds a value, in place of one of the same type.
    pub(crate) fn insert<T: Send + Sync + 'static>(&self, value: T) {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let replaced = values.insert(TypeId::of::<T>(), Arc::new(value));
        drop(values);
        // Its destructor is a stranger's: it runs without the lock.
        drop(replaced);
    }

    /// The value of a type.
    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let value = values.get(&TypeId::of::<T>()).cloned()?;
        drop(values);
        value.downcast().ok()
    }
}
