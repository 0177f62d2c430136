//! How memory is given back to the system.

/// How many large blocks' worth of memory a heap may have at its end before that is given back, too.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const BLOCKS_AT_THE_END: usize = 32;

/// Has the allocator give blocks of so many bytes and more back as soon as they are free, in the whole process; says
/// whether there is such a thing to settle.
///
/// glibc begins with 128 KiB, but raises the bound up to 32 MiB when such blocks are freed, and then keeps them, one
/// heap a thread. Work that goes through a long file by chunks leaves holes in all of these: its memory would grow with
/// the file.
pub fn give_back_large_blocks(bytes: usize) -> bool {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let settle = |what, bytes: usize| {
            let bytes = libc::c_int::try_from(bytes).unwrap_or(libc::c_int::MAX);
            // SAFETY: changes a number in the allocator, which does so under its own lock.
            unsafe { libc::mallopt(what, bytes) == 1 }
        };
        settle(libc::M_MMAP_THRESHOLD, bytes) && settle(libc::M_TRIM_THRESHOLD, bytes.saturating_mul(BLOCKS_AT_THE_END))
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    {
        let _ = bytes;
        false
    }
}
