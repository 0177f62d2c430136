//! Values by a name that only the caller knows: the columns of a file, where [`Key`](super::Key)
//! lists the names that every row may have.

use std::borrow::Cow;

use super::Map;

/// An object whose fields can be asked for by any name, and listed.
pub trait Named<'a>: Map<'a> {
    /// The value of the field `name`, where there is one.
    fn named(&self, name: &str) -> Option<Self::Value>;

    /// The names of the fields, in the order in which they came.
    fn names(&self) -> Vec<Cow<'a, str>>;

    /// Whether `is_it` says so of the name of any field that has a value.
    fn any_name(&self, is_it: &mut dyn FnMut(&str) -> bool) -> bool {
        self.names().iter().any(|name| is_it(name))
    }
}
