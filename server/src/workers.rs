//! The threads that serve connections.
//!
//! Each has a runtime of its own: whatever becomes ready on a connection is answered by the thread that noticed it, and
//! no thread wakes another for it. A connection stays where it is; each new one goes to whoever has fewest.

use std::future::Future;
use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::{JoinSet, yield_now};

/// Threads that serve connections until dropped.
#[derive(Debug)]
pub(crate) struct Workers {
    workers: Vec<Worker>,
    next: AtomicUsize,
    /// How many of the threads have nothing to do.
    idle: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Worker {
    runtime: Handle,
    connections: Arc<AtomicUsize>,
    /// Dropped, it ends the thread.
    _stop: oneshot::Sender<()>,
}

impl Workers {
    /// Starts so many threads, or as many as there are processors for this process.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub(crate) fn start(threads: Option<NonZeroUsize>) -> io::Result<Self> {
        let threads = threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let idle = Arc::default();
        let workers = (0..threads).map(|number| Worker::start(number, &idle)).collect::<io::Result<_>>()?;
        Ok(Self { workers, next: AtomicUsize::new(0), idle })
    }

    /// Serves a connection on the thread with fewest; ends it if dropped.
    pub(crate) async fn serve(&self, connection: impl Future<Output = ()> + Send + 'static) {
        let Some(worker) = self.workers.iter().min_by_key(|worker| worker.connections.load(Ordering::Relaxed)) else {
            return;
        };
        let counted = Counted::begin(&worker.connections);
        let serve = async move {
            connection.await;
            drop(counted);
        };
        let mut task = JoinSet::new();
        task.spawn_on(serve, &worker.runtime);
        task.join_next().await;
    }

    /// Holds an answer while its thread answers whatever else has arrived, so that all are sent together: the model stays in
    /// the processor's caches meanwhile, and who waits for several of them is woken once.
    ///
    /// Not if another thread has nothing to do: then there is a processor on which whoever waits for the answer can go on.
    pub(crate) async fn hold_while_all_are_busy(&self) {
        if self.idle.load(Ordering::Relaxed) == 0 {
            yield_now().await;
        }
    }

    /// Runs a task on one thread after the other.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(worker) = self.workers.get(next % self.workers.len().max(1)) {
            worker.runtime.spawn(task);
        }
    }
}

impl Worker {
    fn start(number: usize, idle: &Arc<AtomicUsize>) -> io::Result<Self> {
        let (begins, ends) = (Arc::clone(idle), Arc::clone(idle));
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, starting) = mpsc::channel();
        thread::Builder::new().name(format!("worker-{number}")).spawn(move || {
            let runtime = Builder::new_current_thread()
                .enable_all()
                .on_thread_park(move || _ = begins.fetch_add(1, Ordering::Relaxed))
                .on_thread_unpark(move || _ = ends.fetch_sub(1, Ordering::Relaxed))
                .build();
            let runtime = match runtime {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = started.send(Err(error));
                    return;
                }
            };
            let _ = started.send(Ok(runtime.handle().clone()));
            let _ = runtime.block_on(stopped);
            // Work that somebody may still be waiting for is nobody's business any more.
            runtime.shutdown_timeout(Duration::ZERO);
        })?;
        // One after the other, each with memory of its own by now. glibc lets threads take turns with its arenas (`MALLOC_ARENA_MAX`)
        // in the order in which they first ask for memory, so no two neighbours get the same, and wait for each other ever after.
        let handle = starting.recv().map_err(io::Error::other)??;
        Ok(Self { runtime: handle, connections: Arc::default(), _stop: stop })
    }
}

/// Counts a connection until dropped.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn begin(connections: &Arc<AtomicUsize>) -> Self {
        connections.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(connections))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;

    use tokio::sync::Barrier;

    use super::*;

    #[tokio::test]
    async fn connections_are_shared_out_evenly() {
        let workers = Arc::new(Workers::start(NonZeroUsize::new(3)).unwrap());
        // They are all open at once: none ends before the last has begun.
        let (all, threads) = (Arc::new(Barrier::new(6)), Arc::new(Mutex::new(Vec::new())));
        let mut connections = JoinSet::new();
        for _ in 0..6 {
            let (workers, all, threads) = (Arc::clone(&workers), Arc::clone(&all), Arc::clone(&threads));
            connections.spawn(async move {
                let connection = async move {
                    threads.lock().unwrap().push(thread::current().id());
                    all.wait().await;
                };
                workers.serve(connection).await;
            });
        }
        connections.join_all().await;
        let threads = threads.lock().unwrap();
        let different: HashSet<_> = threads.iter().collect();
        assert_eq!(different.len(), 3);
        for thread in different {
            assert_eq!(threads.iter().filter(|other| *other == thread).count(), 2);
        }
        assert!(workers.workers.iter().all(|worker| worker.connections.load(Ordering::Relaxed) == 0));
    }

    #[tokio::test]
    async fn a_connection_that_is_given_up_ends() {
        let workers = Workers::start(NonZeroUsize::new(1)).unwrap();
        let (begun, has_begun) = oneshot::channel();
        let (never, ended) = oneshot::channel::<()>();
        let connection = async move {
            let _never = never;
            let _ = begun.send(());
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = workers.serve(connection) => panic!("it never ends by itself"),
            begun = has_begun => begun.unwrap(),
        }
        assert!(ended.await.is_err(), "what it held was dropped");
    }

    /// What happens first on one of so many threads: that the answer to a first request is sent, or that a second one, which
    /// has arrived too, is answered.
    async fn first_of_two(threads: usize) -> &'static str {
        let workers = Arc::new(Workers::start(NonZeroUsize::new(threads)).unwrap());
        let (happened, happens) = mpsc::channel();
        let (first, second) = (Arc::clone(&workers), happened.clone());
        let requests = async move {
            // The others have found nothing to do by now.
            while first.idle.load(Ordering::Relaxed) < threads - 1 {
                yield_now().await;
            }
            tokio::spawn(async move { second.send("the second is answered") });
            first.hold_while_all_are_busy().await;
            happened.send("the first is sent").unwrap();
        };
        workers.serve(requests).await;
        happens.recv().unwrap()
    }

    #[tokio::test]
    async fn answers_are_held_only_while_all_threads_are_busy() {
        assert_eq!(first_of_two(1).await, "the second is answered");
        assert_eq!(first_of_two(2).await, "the first is sent");
        assert_eq!(first_of_two(3).await, "the first is sent");
    }

    #[tokio::test]
    async fn a_bug_ends_its_connection_and_not_its_thread() {
        let workers = Workers::start(NonZeroUsize::new(1)).unwrap();
        workers.serve(async { panic!("a bug") }).await;
        let (answer, answered) = oneshot::channel();
        workers.serve(async move { answer.send(()).unwrap() }).await;
        answered.await.unwrap();
        assert_eq!(workers.workers[0].connections.load(Ordering::Relaxed), 0);
    }
}
