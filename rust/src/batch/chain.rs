//! A concurrent exclusive prefix sum: where the tokens of each stride begin, after those of all strides before it. A
//! thread tells the extent of a stride as soon as it knows it, and passes on the sums that follow from it. Nobody waits.

use super::strip::Extent;
use crate::sync::OnceLock;
use crate::sync::atomic::{AtomicBool, Ordering, fence};

/// The prefix sum of the extents of all strides.
#[derive(Debug)]
pub(super) struct Chain {
    links: Vec<Link>,
}

/// One stride.
#[derive(Debug, Default)]
struct Link {
    start: OnceLock<Extent>,
    extent: OnceLock<Extent>,
    is_claimed: AtomicBool,
}

impl Chain {
    /// A chain of so many strides.
    pub fn new(strides: usize) -> Self {
        let mut links: Vec<Link> = Vec::new();
        // The last one is where all that is there ends.
        links.resize_with(strides + 1, Link::default);
        links[0].start = OnceLock::from(Extent::default());
        Self { links }
    }

    /// How many strides there are.
    pub fn strides(&self) -> usize {
        self.links.len() - 1
    }

    /// How many values stride `number` has, told once: a second time would put others into places that are taken.
    pub fn tell(&self, number: usize, extent: Extent) {
        assert!(self.links[number].extent.set(extent).is_ok(), "a stride is told once");
        self.pass_on(number);
    }

    /// Return where stride `number` begins, to the first caller alone: its place is that caller's to write. No two strides
    /// have a place in common, as each begins where the one before it ends.
    ///
    /// # Panics
    ///
    /// If the place was claimed before, or has another size than `extent`.
    pub fn claim(&self, number: usize, extent: &Extent) -> Option<&Extent> {
        let link = &self.links[number];
        let start = link.start.get()?;
        assert!(link.extent.get() == Some(extent), "a stride has the extent that was told");
        assert!(!link.is_claimed.swap(true, Ordering::Relaxed), "a stride is written once");
        Some(start)
    }

    /// Where stride `number` begins, once that is known.
    pub fn start(&self, number: usize) -> Option<&Extent> {
        self.links[number].start.get()
    }

    /// Where the last stride ends, once that is known.
    pub fn end(&self) -> Option<&Extent> {
        self.start(self.strides())
    }

    /// Says where strides begin, from the one behind `number` on, as far as is known.
    fn pass_on(&self, number: usize) {
        for pair in self.links[number..].windows(2) {
            // Between what this thread has told and what it looks at: of two threads, one that comes to know where a
            // stride begins and one that tells how much it has, at least one then sees both.
            fence(Ordering::SeqCst);
            let (Some(start), Some(extent)) = (pair[0].start.get(), pair[0].extent.get()) else { return };
            // Another thread may have been first, with the same.
            let _ = pair[1].start.set(start.plus(extent));
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::batch::strip::SideExtent;
    use crate::task::MOST_SIDES;

    fn extent(input_ids: usize) -> Extent {
        Extent([SideExtent { input_ids, labels: 2 * input_ids, ..SideExtent::default() }; MOST_SIDES])
    }

    #[test]
    fn a_start_is_known_when_all_before_is_told() {
        let chain = Chain::new(4);
        assert_eq!((chain.strides(), chain.start(0), chain.end()), (4, Some(&extent(0)), None));
        chain.tell(2, extent(30));
        chain.tell(1, extent(20));
        assert!((1..=4).all(|number| chain.start(number).is_none()));
        chain.tell(0, extent(10));
        let starts: Vec<_> = (0..=4).map(|number| chain.start(number).copied()).collect();
        assert_eq!(starts, [Some(extent(0)), Some(extent(10)), Some(extent(30)), Some(extent(60)), None]);
        chain.tell(3, extent(0));
        assert_eq!(chain.end(), Some(&extent(60)));
        assert_eq!(Chain::new(0).end(), Some(&extent(0)));
    }

    #[test]
    #[should_panic(expected = "a stride is told once")]
    fn a_stride_is_not_told_again() {
        let chain = Chain::new(2);
        (0..2).for_each(|_| chain.tell(1, extent(1)));
    }

    #[test]
    fn a_place_is_claimed_once() {
        let chain = Chain::new(2);
        chain.tell(1, extent(2));
        assert_eq!(chain.claim(1, &extent(2)), None);
        chain.tell(0, extent(1));
        assert_eq!(chain.claim(1, &extent(2)), Some(&extent(1)));
        for (number, size) in [(1, 2), (0, 2), (2, 0)] {
            let again = std::panic::AssertUnwindSafe(|| chain.claim(number, &extent(size)).copied());
            assert!(std::panic::catch_unwind(again).is_err(), "{number}");
        }
    }

    #[test]
    fn threads_leave_nothing_unknown() {
        const THREADS: usize = 4;
        for _ in 0..200 {
            let chain = Chain::new(100);
            std::thread::scope(|scope| {
                for thread in 0..THREADS {
                    let chain = &chain;
                    scope.spawn(move || (thread..100).step_by(THREADS).for_each(|at| chain.tell(at, extent(at))));
                }
            });
            let starts = (0..=100).map(|number| chain.start(number).copied());
            assert!(starts.eq((0..=100).map(|number| Some(extent((0..number).sum())))));
        }
    }
}
