//! Huge pages, for megabytes that are written once from end to end or read at random: in pages of 4 KiB the first write
//! of each waits for the system, and nearly every read at random also waits for where its page is.

use std::mem::MaybeUninit;

/// How large a huge page is.
pub const HUGE: usize = 2 << 20;

/// Tells Linux that it may use huge pages for `memory`, as far as it is whole ones. Nothing else changes.
pub fn advise<T>(memory: &[MaybeUninit<T>]) {
    #[cfg(target_os = "linux")]
    {
        let start = memory.as_ptr().cast::<u8>();
        let end = start.addr() + size_of_val(memory);
        let first = start.addr().next_multiple_of(HUGE);
        if let Some(length) = (end / HUGE * HUGE).checked_sub(first).filter(|length| *length > 0) {
            let first = start.wrapping_add(first - start.addr()).cast_mut();
            // SAFETY: whole pages of memory that is ours, whose content the advice leaves alone.
            unsafe { libc::madvise(first.cast(), length, libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = memory;
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::hint::black_box;

    use super::*;
    use crate::pages::Pages;

    /// How often this thread waited for a page so far.
    fn faults() -> i64 {
        // SAFETY: plain numbers, of which zeroes are a value.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: writes into what it is given, which lives.
        assert_eq!(unsafe { libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage) }, 0);
        usage.ru_minflt
    }

    /// Whether the system gives huge pages of our size to those who ask, and has one just now.
    fn are_given() -> bool {
        let setting = |name: &str| std::fs::read_to_string(format!("/sys/kernel/mm/transparent_hugepage/{name}"));
        let is_on = setting("enabled").is_ok_and(|choice| !choice.contains("[never]"));
        is_on && setting("hpage_pmd_size").is_ok_and(|size| size.trim() == HUGE.to_string())
    }

    #[test]
    fn a_huge_page_is_waited_for_once() {
        // More than an allocator keeps of what was given back, so that it is new to this process.
        let count = 20 * HUGE;
        let mut pages: Pages<u8> = Pages::with_capacity(count);
        let before = faults();
        black_box(&mut pages.spare()[..count]).fill(MaybeUninit::new(1));
        let waits = faults() - before;
        assert!(waits > 0, "the memory was touched before");
        if are_given() && waits > 10 * 512 {
            // The system may be out of huge pages, which is no fault of ours.
            eprintln!("skipped: the system gave {waits} pages for 20 huge ones");
        } else if are_given() {
            assert!(waits < 20 * 512 / 2, "{waits} pages");
        }
    }
}
