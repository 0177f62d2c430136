//! How memory is given back to the system.

use pyo3::prelude::*;
use swiftcore_py_macros::guarded;

/// Has the allocator of this process give blocks of so many bytes and more back as soon as they are free.
#[guarded]
#[pyfunction]
pub fn give_back_large_blocks(bytes: usize) -> bool {
    swiftcore::memory::give_back_large_blocks(bytes)
}
