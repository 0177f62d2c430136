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

    /// Calls `use_field` with the name and the value of each field whose name `is_wanted`, in the order in which they
    /// came. Where names are equal, the last value counts.
    fn each_field(
        &self,
        is_wanted: &mut dyn FnMut(&str) -> bool,
        use_field: &mut dyn FnMut(Cow<'a, str>, Self::Value),
    ) {
        for name in self.names() {
            if is_wanted(&name)
                && let Some(value) = self.named(&name)
            {
                use_field(name, value);
            }
        }
    }

    /// Whether `is_it` says so of the name of any field that has a value.
    fn any_name(&self, is_it: &mut dyn FnMut(&str) -> bool) -> bool {
        self.names().iter().any(|name| is_it(name))
    }
}
