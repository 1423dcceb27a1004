//! The timer for the heads of requests: one alarm for a whole connection.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt;
use tokio::time::{Sleep, sleep_until};

/// What a connection over HTTP/1 times heads by, one after the other.
///
/// Hyper asks for a timer whenever it waits for a head, and throws it away when the head has come, mostly at once. To enter
/// each of them among those of the runtime and to take it out again is dear, so there is one alarm: it stays at the time by
/// which some earlier head had to be there, and is put off only once it goes off.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeadTimer {
    alarm: Arc<Mutex<Option<Pin<Box<Sleep>>>>>,
}

/// The time until a head has to be there.
#[derive(Debug)]
struct Wait {
    deadline: Instant,
    timer: HeadTimer,
}

impl rt::Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(Wait { deadline, timer: self.clone() })
    }
}

impl rt::Sleep for Wait {}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline.into();
        let mut alarm = self.timer.alarm.lock().unwrap_or_else(PoisonError::into_inner);
        let alarm = alarm.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if alarm.deadline() > deadline {
            alarm.as_mut().reset(deadline);
        }
        while alarm.as_mut().poll(context).is_ready() {
            if alarm.deadline() >= deadline {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use hyper::rt::Timer as _;

    use super::*;

    const SHORT: Duration = Duration::from_millis(10);
    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn a_wait_ends_at_its_time_and_not_at_that_of_one_before() {
        let timer = HeadTimer::default();
        for wait in [SHORT, 3 * SHORT, SHORT] {
            // A head that comes in time: its alarm stays.
            assert!(timer.sleep(SHORT).now_or_never().is_none());
            let begun = Instant::now();
            timer.sleep(wait).await;
            assert!(begun.elapsed() >= wait);
        }
    }

    #[tokio::test]
    async fn an_alarm_that_was_set_for_later_is_no_hindrance() {
        let timer = HeadTimer::default();
        assert!(timer.sleep(LONG).now_or_never().is_none());
        timer.sleep(SHORT).await;
    }

    #[tokio::test]
    async fn an_alarm_that_went_off_for_nobody_ends_no_later_wait() {
        let timer = HeadTimer::default();
        assert!(timer.sleep(SHORT).now_or_never().is_none());
        tokio::time::sleep(2 * SHORT).await;
        assert!(timer.sleep(LONG).now_or_never().is_none());
    }
}
