//! How memory is given back to the system.

/// What glibc takes from the system by itself, in bytes, before it has seen any block given back.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BLOCK: libc::c_int = 128 * 1024;

/// Has the allocator give blocks of 128 KiB and more back as soon as they are free, in the whole process; says whether
/// there is such a thing to settle.
///
/// glibc begins so, but raises the bound up to 32 MiB when such blocks are freed, and then keeps them, one heap a thread.
/// Work that goes through a long file by chunks leaves holes in all of these: its memory would grow with the file.
pub fn give_back_large_blocks() -> bool {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: changes a number in the allocator, which does so under its own lock.
    return unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BLOCK) } == 1;
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    return false;
}
