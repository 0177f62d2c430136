//! Huge pages, for megabytes that are written once from end to end or read at random: in pages of 4 KiB the first write
//! of each waits for the system, and nearly every read at random also waits for where its page is.

/// How large a huge page is.
pub const HUGE: usize = 2 << 20;

/// Tells Linux that it may use huge pages for the memory of `values`, as far as it is whole ones. Nothing else changes.
pub fn advise<T>(values: &Vec<T>) {
    #[cfg(target_os = "linux")]
    {
        let start = values.as_ptr().cast::<u8>();
        let end = start.addr() + values.capacity() * size_of::<T>();
        let first = start.addr().next_multiple_of(HUGE);
        if let Some(length) = (end / HUGE * HUGE).checked_sub(first).filter(|length| *length > 0) {
            let first = start.wrapping_add(first - start.addr()).cast_mut();
            // SAFETY: whole pages of memory that is ours, whose content the advice leaves alone.
            unsafe { libc::madvise(first.cast(), length, libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = values;
}
