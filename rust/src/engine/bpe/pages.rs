//! Tables of megabytes that are read at random. In pages of 4 KiB nearly every read would also wait for where its page
//! is; so their memory begins where a huge page does, and Linux is told that it may use huge pages for it.

use crate::pages::Pages;

/// A table of words; see above.
pub type Table<T> = Pages<T>;
