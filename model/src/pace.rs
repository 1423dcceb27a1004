//! Long work in steps: whoever opens a model where other things have to happen meanwhile can let go now and then.

use std::cell::Cell;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Work after which it is asked whether to rest: some tenths of a millisecond.
const STEP: usize = 1 << 14;

/// How work goes along: in one go, or with rests.
///
/// What is done at a pace is a future. It is ready at once, unless a rest is due: then it is pending once, and goes on
/// when it is polled again.
pub struct Pace<'a> {
    is_rest_due: &'a dyn Fn() -> bool,
    /// Work since that was asked.
    done: Cell<usize>,
}

impl<'a> Pace<'a> {
    /// A pace that rests whenever this says so; it is asked every few tenths of a millisecond.
    #[must_use]
    pub fn with_rests(is_rest_due: &'a dyn Fn() -> bool) -> Self {
        Self { is_rest_due, done: Cell::new(0) }
    }

    /// Notes work that takes about as long as reading so many numbers, and rests if that is due.
    pub(crate) fn did(&self, work: usize) -> Rest {
        let done = self.done.get() + work;
        self.done.set(if done < STEP { done } else { 0 });
        Rest { is_due: done >= STEP && (self.is_rest_due)() }
    }
}

/// Is pending once if it is due. By hand: there are many of them, and an `async fn` is more code.
pub(crate) struct Rest {
    is_due: bool,
}

impl Future for Rest {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if !self.is_due {
            return Poll::Ready(());
        }
        self.is_due = false;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Does work without a rest.
pub(crate) fn at_once<T>(work: impl AsyncFnOnce(&Pace<'_>) -> T) -> T {
    let pace = Pace::with_rests(&|| false);
    let mut work = pin!(work(&pace));
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_rests_when_that_is_due_and_gets_done() {
        let asked = Cell::new(0);
        let is_due = || {
            asked.set(asked.get() + 1);
            asked.get() % 2 == 0
        };
        let pace = Pace::with_rests(&is_due);
        let mut work = pin!(async {
            for _ in 0..8 {
                pace.did(STEP / 2).await;
            }
            "done"
        });
        let mut context = Context::from_waker(Waker::noop());
        let mut rests = 0;
        let done = loop {
            match work.as_mut().poll(&mut context) {
                Poll::Ready(done) => break done,
                Poll::Pending => rests += 1,
            }
        };
        assert_eq!((done, asked.get(), rests), ("done", 4, 2));
        let count = async |pace: &Pace<'_>| {
            pace.did(10 * STEP).await;
            3
        };
        assert_eq!(at_once(count), 3);
    }
}
