//! Models of the chain.

use loom::sync::Arc;
use loom::thread;

use super::chain::Chain;
use super::strip::Extent;

/// Tell the extents of the strides of each thread, in that order, at the same time. With three threads, a thread is
/// interrupted `preemptions` times at most; all interruptions would take hours.
fn tell(shares: &'static [&'static [usize]], preemptions: Option<usize>) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = preemptions;
    model.check(move || {
        let strides: usize = shares.iter().map(|share| share.len()).sum();
        let chain = Arc::new(Chain::new(strides));
        let tell = |share: &'static [usize], chain: &Chain| {
            for number in share {
                chain.tell(*number, Extent(10 + number));
            }
        };
        let (last, others) = shares.split_last().unwrap();
        let threads: Vec<_> = others
            .iter()
            .map(|share| {
                let chain = Arc::clone(&chain);
                thread::spawn(move || tell(share, &chain))
            })
            .collect();
        tell(last, &chain);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        // Whoever was last, all is known.
        for number in 0..=strides {
            let before = (0..number).map(|number| 10 + number).sum();
            assert_eq!(chain.start(number), Some(&Extent(before)));
        }
    });
}

#[test]
fn two_threads_leave_no_start_unknown() {
    tell(&[&[0], &[1]], None);
    tell(&[&[1], &[0]], None);
    tell(&[&[0, 2], &[1]], None);
    tell(&[&[2, 0], &[1]], None);
}

#[test]
fn three_threads_leave_no_start_unknown() {
    tell(&[&[0], &[1], &[2]], Some(2));
}

#[test]
fn a_place_has_one_writer() {
    loom::model(|| {
        let chain = Arc::new(Chain::new(2));
        chain.tell(0, Extent(1));
        let other = Arc::clone(&chain);
        let claim = |chain: &Chain| {
            let claim = || chain.claim(0, &Extent(1)).is_some();
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(claim)).unwrap_or(false)
        };
        let thread = thread::spawn(move || claim(&other));
        let ours = claim(&chain);
        assert!(ours ^ thread.join().unwrap());
    });
}
