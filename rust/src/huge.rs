//! Huge pages, for megabytes that are read at random: in pages of 4 KiB nearly every read also waits for where its page is.

use std::mem::MaybeUninit;

/// How large a huge page is.
pub const HUGE: usize = 2 << 20;

/// Tells Linux that it may use huge pages for `memory`, as far as it is whole ones. Nothing else changes.
pub fn advise<T>(memory: &[MaybeUninit<T>]) {
    #[cfg(all(target_os = "linux", not(miri)))]
    {
        let start = memory.as_ptr().cast::<u8>();
        let end = start.addr() + size_of_val(memory);
        let first = start.addr().next_multiple_of(HUGE);
        if let Some(length) = (end / HUGE * HUGE).checked_sub(first).filter(|length| *length > 0) {
            let first = start.wrapping_add(first - start.addr()).cast_mut();
            // SAFETY: whole pages within `memory`, which is borrowed. The advice does not change their content.
            unsafe { libc::madvise(first.cast(), length, libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(any(not(target_os = "linux"), miri))]
    let _ = memory;
}

#[cfg(all(test, target_os = "linux", not(miri)))]
mod tests {
    use std::hint::black_box;

    use super::*;
    use crate::pages::Pages;

    /// How often this thread waited for a page so far.
    fn faults() -> libc::c_long {
        // SAFETY: plain numbers, of which zeroes are a value.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: writes into what it is given, which lives.
        assert_eq!(unsafe { libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage) }, 0);
        usage.ru_minflt
    }

    /// How often this thread waits for pages while it writes `memory` from end to end.
    fn waits(memory: &mut [MaybeUninit<u8>]) -> libc::c_long {
        let before = faults();
        black_box(memory).fill(MaybeUninit::new(1));
        faults() - before
    }

    /// Whether the system gives huge pages to who asks for them by hand, and has some just now.
    fn are_given() -> bool {
        let length = 4 * HUGE;
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: new memory, wherever there is room.
        let memory = unsafe { libc::mmap(std::ptr::null_mut(), length, access, kind, -1, 0) };
        assert_ne!(memory, libc::MAP_FAILED);
        // SAFETY: the memory from above, of which nothing is known to be written, and which nobody else has.
        let bytes = unsafe { std::slice::from_raw_parts_mut(memory.cast::<MaybeUninit<u8>>(), length) };
        let first = memory.addr().next_multiple_of(HUGE) - memory.addr();
        // SAFETY: whole pages in that memory, for a huge page of it at least.
        let advised = unsafe { libc::madvise(bytes[first..].as_mut_ptr().cast(), 3 * HUGE, libc::MADV_HUGEPAGE) };
        let waits = waits(&mut bytes[first..first + 3 * HUGE]);
        // SAFETY: the memory from above, which nobody looks at from here on.
        assert_eq!(unsafe { libc::munmap(memory, length) }, 0);
        advised == 0 && waits <= 3
    }

    #[test]
    fn a_huge_page_is_waited_for_once() {
        if !are_given() {
            return eprintln!("skipped: the system gives no huge pages of 2 MiB");
        }
        // More than anybody keeps of what was given back, so that it is new to this process.
        let (count, pages) = (40 * HUGE, 40);
        let before = faults();
        black_box(Pages::<u8>::zeroes(count));
        let waits = faults() - before;
        // Some of them may be there in small pages only, where memory is in pieces.
        assert!((pages..HUGE as libc::c_long / 4096 * 5).contains(&waits), "{waits} waits for {pages} huge pages");
    }
}
