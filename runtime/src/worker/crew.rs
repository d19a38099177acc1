//! Tasks that do jobs, one after another. A task for each job would cost more than most of what is done around a handler: memory that one processor takes and
//! another gives back.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::task::{JoinSet, coop};

/// A task that has done one job after another for longer lets others run before it goes on.
const LONG: Duration = Duration::from_micros(100);

/// What the tasks of a crew do.
pub(super) trait Job: Send + 'static {
    /// What all jobs of a crew have in common.
    type Common: Send + Sync + 'static;
    /// What its owner is to know of it when it has ended.
    type Key: Send + 'static;

    /// Does it. Where that panics, the job has ended.
    fn run(self, common: &Self::Common) -> impl Future<Output = ()> + Send;
}

/// As many tasks as jobs may be done at a time, each made when it is first needed. Dropping it ends them, and drops what they have.
pub(super) struct Crew<J: Job> {
    common: Arc<J::Common>,
    shared: Arc<Shared<J>>,
    tasks: JoinSet<()>,
    most: usize,
}

struct Shared<J: Job>(Mutex<State<J>>);

/// A job with its key, where it has one.
type Keyed<J> = (J, Option<<J as Job>::Key>);

struct State<J: Job> {
    /// Jobs that no task has begun with, in the order in which they came.
    waiting: VecDeque<Keyed<J>>,
    /// How many jobs have not ended, those that wait included; one with a key counts until its key is taken.
    in_hand: usize,
    /// The keys of those that have ended.
    ended: Vec<J::Key>,
    /// What each task does.
    tasks: Vec<Standing>,
    /// The tasks that have nothing to do. The last one is the first to be called: its memory is still in the caches.
    idle: Vec<(usize, Waker)>,
    /// How many were called, and are on their way to a job.
    called: usize,
    /// So many may be, while no job has waited for anything.
    threads: usize,
    watcher: Option<Watcher>,
}

/// What a task does.
#[derive(Clone, Copy)]
enum Standing {
    Works,
    /// It has nothing to do, and waits until it is called.
    Idles,
    /// It was called, or has just been made, and is on its way to a job.
    Comes,
}

/// Who does a job that was handed over.
enum Doer {
    /// A task that has something to do now.
    Busy,
    /// One that was idle: it is to be woken.
    Idle(Waker),
    /// One that is to be made, with this number.
    New(usize),
}

/// What a task does next.
enum Next<J: Job> {
    /// This job, having called a task for the one behind it.
    Does(Keyed<J>, Option<Waker>),
    /// It lets others run, having told who waits for jobs to end.
    StepsAside(Option<Waker>),
}

/// Who waits for jobs to end.
///
/// tokio wakes it onto the thread of the task that tells it, where no other thread can take it. So that task steps aside before it takes another job, which may
/// keep the thread. To do so after each job would cost too much: while several jobs wait for a task, the watcher is told late.
struct Watcher {
    waker: Waker,
    /// It wants to know when fewer than so many are in hand.
    fewer_than: usize,
}

impl<J: Job> Crew<J> {
    pub(super) fn new(most: usize, common: Arc<J::Common>) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            in_hand: 0,
            ended: Vec::new(),
            tasks: Vec::new(),
            idle: Vec::new(),
            called: 0,
            threads: Handle::current().metrics().num_workers(),
            watcher: None,
        };
        Self {
            common,
            shared: Arc::new(Shared(Mutex::new(state))),
            tasks: JoinSet::new(),
            most,
        }
    }

    pub(super) fn common(&self) -> &J::Common {
        &self.common
    }

    /// How many jobs may be done at a time.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// How many jobs have not ended, those that wait for a task included. One with a key counts until its key [is taken](Self::take_ended).
    pub(super) fn in_hand(&self) -> usize {
        self.shared.lock().in_hand
    }

    /// Hands over a job. Where all tasks are at work, the first that has ended another one does it.
    pub(super) fn start(&mut self, job: J, key: Option<J::Key>) {
        let doer = self.shared.lock().add(job, key, self.most);
        match doer {
            Doer::Busy => (),
            Doer::Idle(waker) => waker.wake(),
            Doer::New(number) => {
                let work = work(number, Arc::clone(&self.shared), Arc::clone(&self.common));
                self.tasks.spawn(work);
            }
        }
    }

    /// Waits until a job with a key has ended, or fewer than so many are in hand. While several jobs wait for a task, it ends later.
    pub(super) async fn ended(&self, fewer_than: usize) {
        poll_fn(|cx| self.shared.lock().poll_ended(fewer_than, cx)).await;
    }

    /// The keys of the jobs that have ended.
    pub(super) fn take_ended(&mut self) -> Vec<J::Key> {
        let mut state = self.shared.lock();
        let ended = std::mem::take(&mut state.ended);
        state.in_hand -= ended.len();
        ended
    }

    /// Takes back the jobs that no task has begun with.
    pub(super) fn take_waiting(&mut self) -> VecDeque<Keyed<J>> {
        let mut state = self.shared.lock();
        let waiting = std::mem::take(&mut state.waiting);
        state.in_hand -= waiting.len();
        waiting
    }

    /// Ends all jobs where they wait for something.
    pub(super) fn abort_all(&mut self) {
        drop(self.take_waiting());
        self.tasks.abort_all();
    }
}

impl<J: Job> Drop for Crew<J> {
    fn drop(&mut self) {
        self.abort_all();
    }
}

/// What a task does.
async fn work<J: Job>(number: usize, shared: Arc<Shared<J>>, common: Arc<J::Common>) {
    let mut since = Instant::now();
    // Whether it has told the watcher, and not let others run since.
    let mut has_told = false;
    loop {
        let next = poll_fn(|cx| shared.lock().poll_next(number, &mut has_told, cx));
        let (job, key) = match waited_for(pin!(next), &mut since, || ()).await {
            Next::Does(job, called) => {
                called.into_iter().for_each(Waker::wake);
                job
            }
            Next::StepsAside(told) => {
                told.into_iter().for_each(Waker::wake);
                step_aside().await;
                since = Instant::now();
                continue;
            }
        };
        let run = AssertUnwindSafe(async { job.run(&common).await }).catch_unwind();
        let mut run = pin!(run);
        let done = waited_for(run.as_mut(), &mut since, || shared.call_the_rest());
        if let Err(panic) = done.await {
            forget(panic);
        }
        let told = shared.lock().end(key);
        if let Some(watcher) = told {
            watcher.wake();
            has_told = true;
        }
        if since.elapsed() > LONG || !coop::has_budget_remaining() {
            step_aside().await;
            (since, has_told) = (Instant::now(), false);
        }
    }
}

/// Waits for it. Calls back where it is not ready at once, and notes since when this task has run without a pause.
async fn waited_for<F: Future>(
    mut future: Pin<&mut F>,
    since: &mut Instant,
    at_the_first_wait: impl Fn(),
) -> F::Output {
    let mut has_waited = false;
    poll_fn(|cx| {
        if has_waited {
            *since = Instant::now();
        }
        let polled = future.as_mut().poll(cx);
        if polled.is_pending() && !std::mem::replace(&mut has_waited, true) {
            at_the_first_wait();
        }
        polled
    })
    .await
}

/// Goes to the end of the line of those that are ready. (`yield_now` of tokio goes nowhere until its thread has nothing else to do: a job that comes meanwhile
/// would wait for that.)
async fn step_aside() {
    let mut is_first = true;
    poll_fn(|cx| {
        if std::mem::take(&mut is_first) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

/// Drops what a job has panicked with, which was told where it happened. It may panic as well.
fn forget(panic: Box<dyn std::any::Any + Send>) {
    let dropped = std::panic::catch_unwind(AssertUnwindSafe(|| drop(panic)));
    std::mem::forget(dropped);
}

impl<J: Job> Shared<J> {
    fn lock(&self) -> MutexGuard<'_, State<J>> {
        // Nothing panics under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A job waits for something, so others may be as long: those behind it need not come one after another.
    fn call_the_rest(&self) {
        let called = self.lock().call_the_rest();
        called.into_iter().for_each(Waker::wake);
    }
}

impl<J: Job> State<J> {
    /// Tells who does it, where `most` tasks may.
    fn add(&mut self, job: J, key: Option<J::Key>, most: usize) -> Doer {
        self.waiting.push_back((job, key));
        self.in_hand += 1;
        if let Some(idle) = self.call_one() {
            return Doer::Idle(idle);
        }
        // Those that are called do not count: each may stand behind a job that keeps its thread.
        if self.waiting.len() <= self.idle.len() || self.tasks.len() == most {
            return Doer::Busy;
        }
        self.tasks.push(Standing::Comes);
        self.called += 1;
        Doer::New(self.tasks.len() - 1)
    }

    /// Calls an idle task for a job that is probably short, unless as many are on their way as there are threads: one that comes calls the next one before it
    /// begins, and until that is there, most are done. Were they fewer, a job that keeps its thread could stop all: tokio hands no other thread the task that one
    /// has woken last.
    fn call_one(&mut self) -> Option<Waker> {
        if self.called < self.threads {
            self.call()
        } else {
            None
        }
    }

    /// Calls an idle task. Gives back its waker.
    fn call(&mut self) -> Option<Waker> {
        let (number, waker) = self.idle.pop()?;
        self.tasks[number] = Standing::Comes;
        self.called += 1;
        Some(waker)
    }

    /// Calls a task for each job that waits.
    fn call_the_rest(&mut self) -> Vec<Waker> {
        let missing = self.waiting.len().saturating_sub(self.called);
        (0..missing).map_while(|_| self.call()).collect()
    }

    /// What a task does next. Whoever it has told comes first.
    fn poll_next(&mut self, number: usize, has_told: &mut bool, cx: &Context<'_>) -> Poll<Next<J>> {
        let has_told = std::mem::take(has_told);
        match std::mem::replace(&mut self.tasks[number], Standing::Works) {
            Standing::Works => {}
            // Woken by something else, such as a timer of an earlier job.
            Standing::Idles => self.idle.retain(|(idle, _)| *idle != number),
            Standing::Comes => self.called -= 1,
        }
        if self.waiting.is_empty() {
            self.tasks[number] = Standing::Idles;
            self.idle.push((number, cx.waker().clone()));
            return Poll::Pending;
        }
        let told = self.take_told();
        if has_told || told.is_some() {
            return Poll::Ready(Next::StepsAside(told));
        }
        let job = self.waiting.pop_front().expect("it is not empty");
        let has_more = !self.waiting.is_empty();
        let called = has_more.then(|| self.call_one()).flatten();
        Poll::Ready(Next::Does(job, called))
    }

    /// A job has ended. Gives back whom to tell.
    fn end(&mut self, key: Option<J::Key>) -> Option<Waker> {
        match key {
            Some(key) => self.ended.push(key),
            None => self.in_hand -= 1,
        }
        self.take_told()
    }

    /// Who is to be told of what has ended: while several jobs wait, not before a quarter of what it asked for has, one at least.
    fn take_told(&mut self) -> Option<Waker> {
        let at_work = self.in_hand - self.ended.len();
        let is_due = |watcher: &mut Watcher| {
            let fewer_than = watcher.fewer_than;
            if self.waiting.len() <= 1 {
                !self.ended.is_empty() || self.in_hand < fewer_than
            } else {
                at_work + (fewer_than / 4).max(1) <= fewer_than
            }
        };
        self.watcher.take_if(is_due).map(|watcher| watcher.waker)
    }

    fn poll_ended(&mut self, fewer_than: usize, cx: &Context<'_>) -> Poll<()> {
        if !self.ended.is_empty() || self.in_hand < fewer_than {
            return Poll::Ready(());
        }
        self.watcher = Some(Watcher {
            waker: cx.waker().clone(),
            fewer_than,
        });
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::oneshot;
    use tokio::task::yield_now;
    use tokio::time::timeout;

    /// A job that writes down what it does.
    struct Noted {
        name: usize,
        does: Does,
    }

    enum Does {
        Ends,
        Panics,
        /// It ends when it is told to.
        Waits(oneshot::Receiver<()>),
        /// It wakes the task of an earlier one, for nothing.
        WakesAnother,
        /// It keeps its processor.
        Spins(Duration),
        /// It keeps its processor until it is told to end.
        Blocks(std::sync::mpsc::Receiver<()>),
        Yields,
    }

    /// Nothing here takes longer, unless it does not happen.
    const PATIENCE: Duration = Duration::from_secs(60);

    #[derive(Default)]
    struct Notes {
        begun: Mutex<Vec<usize>>,
        running: AtomicUsize,
        most: AtomicUsize,
        /// Each job leaves its waker behind.
        left: Mutex<BTreeMap<usize, Waker>>,
    }

    impl Notes {
        fn begun(&self) -> Vec<usize> {
            self.begun.lock().unwrap().clone()
        }

        fn wake_task_of(&self, name: usize) {
            let left = self.left.lock().unwrap().get(&name).cloned();
            left.into_iter().for_each(Waker::wake);
        }
    }

    struct Runs<'a>(&'a AtomicUsize);

    impl Drop for Runs<'_> {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }

    impl Job for Noted {
        type Common = Notes;
        type Key = usize;

        async fn run(self, notes: &Notes) {
            let running = notes.running.fetch_add(1, Ordering::SeqCst) + 1;
            notes.most.fetch_max(running, Ordering::SeqCst);
            let _runs = Runs(&notes.running);
            notes.begun.lock().unwrap().push(self.name);
            let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
            notes.left.lock().unwrap().insert(self.name, waker);
            match self.does {
                Does::Ends => {}
                Does::Yields => yield_now().await,
                Does::Panics => std::panic::resume_unwind(Box::new("of the test")),
                Does::Waits(told) => drop(told.await),
                Does::Blocks(told) => drop(told.recv_timeout(2 * PATIENCE)),
                Does::WakesAnother => notes.wake_task_of(self.name / 2),
                Does::Spins(long) => {
                    let begun = Instant::now();
                    while begun.elapsed() < long {
                        std::hint::spin_loop();
                    }
                }
            }
        }
    }

    fn crew(most: usize) -> (Crew<Noted>, Arc<Notes>) {
        let notes = Arc::<Notes>::default();
        (Crew::new(most, Arc::clone(&notes)), notes)
    }

    fn start(crew: &mut Crew<Noted>, name: usize, does: Does) {
        crew.start(Noted { name, does }, Some(name));
    }

    fn waits(crew: &mut Crew<Noted>, name: usize) -> oneshot::Sender<()> {
        let (tell, told) = oneshot::channel();
        start(crew, name, Does::Waits(told));
        tell
    }

    /// Lets every task do what it can.
    async fn settle() {
        for _ in 0..64 {
            yield_now().await;
        }
    }

    #[derive(Debug, Clone)]
    enum Event {
        Starts,
        Panics,
        Waits,
        /// One of those that wait is told to end.
        Told(prop::sample::Index),
        /// Those that have not begun are taken back.
        TakenBack,
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            3 => Just(Event::Starts),
            1 => Just(Event::Panics),
            4 => Just(Event::Waits),
            4 => any::<prop::sample::Index>().prop_map(Event::Told),
            1 => Just(Event::TakenBack),
        ]
    }

    proptest! {
        #[test]
        fn each_job_is_begun_once_in_order_and_never_too_many_at_a_time(
            most in 1_usize..4,
            events in prop::collection::vec((event(), any::<bool>()), 0..60),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let (mut crew, notes) = crew(most);
                let (mut names, mut told) = (0.., Vec::new());
                let (mut started, mut ended) = (Vec::new(), Vec::new());
                for (event, settles) in events {
                    match event {
                        Event::Starts | Event::Panics | Event::Waits => {
                            let name = names.next().unwrap();
                            started.push(name);
                            match event {
                                Event::Starts => start(&mut crew, name, Does::Ends),
                                Event::Panics => start(&mut crew, name, Does::Panics),
                                _ => told.push(waits(&mut crew, name)),
                            }
                        }
                        Event::Told(_) if told.is_empty() => (),
                        Event::Told(which) => {
                            let _ = told.swap_remove(which.index(told.len())).send(());
                        }
                        Event::TakenBack => {
                            let back = crew.take_waiting();
                            let back: Vec<_> = back.into_iter().map(|(job, _)| job.name).collect();
                            let rest = started.split_off(started.len() - back.len());
                            assert_eq!(back, rest, "not the last ones, in order");
                        }
                    }
                    if settles {
                        settle().await;
                        let running = notes.running.load(Ordering::SeqCst);
                        assert!(running == most || notes.begun() == started, "a job waits, and a task as well");
                    }
                    assert_eq!(ended.len() + crew.in_hand(), started.len());
                    ended.extend(crew.take_ended());
                }
                drop(told);
                while crew.in_hand() > 0 {
                    crew.ended(1).await;
                    ended.extend(crew.take_ended());
                }
                ended.sort_unstable();
                assert_eq!(notes.begun(), started);
                assert_eq!(ended, started);
                assert!(notes.most.load(Ordering::SeqCst) <= most);
            });
        }
    }

    /// So many tasks that are idle, in this order; job `n` was done by task `n`.
    async fn idle(most: usize) -> (Crew<Noted>, Arc<Notes>) {
        let (mut crew, notes) = crew(most);
        let tell: Vec<_> = (0..most).map(|name| waits(&mut crew, name)).collect();
        while notes.begun().len() < most {
            yield_now().await;
        }
        for (number, tell) in tell.into_iter().enumerate() {
            tell.send(()).unwrap();
            while crew.shared.lock().idle.len() <= number {
                yield_now().await;
            }
        }
        (crew, notes)
    }

    #[tokio::test]
    async fn a_task_that_is_woken_for_nothing_is_idle_once() {
        let (mut crew, notes) = idle(2).await;
        for _ in 0..3 {
            notes.wake_task_of(1);
            settle().await;
        }
        let _one = waits(&mut crew, 2);
        let _other = waits(&mut crew, 3);
        settle().await;
        assert_eq!(notes.begun(), [0, 1, 2, 3]);
    }

    #[tokio::test]
    async fn a_task_that_takes_a_job_for_another_one_is_no_longer_idle_and_is_so_again() {
        let (mut crew, notes) = idle(3).await;
        // The last one is woken for the job, and the one before it is first.
        notes.wake_task_of(1);
        let first = waits(&mut crew, 3);
        settle().await;
        let (_second, _third) = (waits(&mut crew, 4), waits(&mut crew, 5));
        settle().await;
        assert_eq!(notes.begun(), [0, 1, 2, 3, 4, 5]);
        first.send(()).unwrap();
        settle().await;
        start(&mut crew, 6, Does::Ends);
        settle().await;
        assert_eq!(notes.begun(), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[tokio::test]
    async fn a_task_that_has_worked_for_long_lets_others_run() {
        let (mut crew, notes) = crew(1);
        start(&mut crew, 0, Does::Spins(2 * LONG));
        start(&mut crew, 1, Does::Ends);
        let seen = Arc::clone(&notes);
        let others = tokio::spawn(async move { seen.begun() });
        assert_eq!(others.await.unwrap(), [0]);
        settle().await;
        assert_eq!(notes.begun(), [0, 1]);
    }

    #[tokio::test]
    async fn one_with_a_key_keeps_its_place_until_it_is_followed() {
        let (mut crew, _) = crew(2);
        start(&mut crew, 0, Does::Ends);
        start(&mut crew, 1, Does::Ends);
        settle().await;
        assert_eq!(crew.in_hand(), 2);
        crew.ended(0).await;
        assert_eq!(crew.take_ended(), [0, 1]);
        assert_eq!(crew.in_hand(), 0);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn on_threads_no_job_is_left_behind() {
        const JOBS: usize = 20_000;
        for have_keys in [true, false] {
            let (mut crew, notes) = crew(8);
            let all = tokio::spawn(async move {
                let mut named = 0;
                loop {
                    while named < JOBS && crew.in_hand() < crew.most() {
                        let does = match named % 5 {
                            0 => Does::WakesAnother,
                            1 => Does::Spins(Duration::from_micros(5)),
                            2 => Does::Yields,
                            _ => Does::Ends,
                        };
                        let job = Noted { name: named, does };
                        crew.start(job, have_keys.then_some(named));
                        named += 1;
                    }
                    let fewer_than = match crew.in_hand() {
                        0 if named == JOBS => break,
                        _ if have_keys => 0,
                        in_hand if named == JOBS => in_hand,
                        _ => crew.most(),
                    };
                    crew.ended(fewer_than).await;
                    drop(crew.take_ended());
                }
            });
            let all = timeout(PATIENCE, all).await;
            all.expect("all of them end").unwrap();
            assert!(notes.most.load(Ordering::SeqCst) <= 8);
            assert_eq!(notes.begun().len(), JOBS);
        }
    }

    #[tokio::test]
    async fn jobs_that_wait_begin_together_and_not_one_behind_another() {
        const JOBS: usize = 32;
        let (mut crew, notes) = idle(JOBS).await;
        let all_run = tokio::spawn(async move {
            let mut turns = 0;
            while notes.running.load(Ordering::SeqCst) < JOBS {
                turns += 1;
                step_aside().await;
            }
            turns
        });
        let _tell: Vec<_> = (0..JOBS)
            .map(|name| waits(&mut crew, JOBS + name))
            .collect();
        let turns = timeout(PATIENCE, all_run).await.expect("all of them begin");
        assert!(
            turns.unwrap() < 8,
            "another task had a turn for each of them"
        );
    }

    /// A task that is called by another one waits on that one's thread, where no other thread finds it.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_job_that_keeps_its_thread_leaves_the_others_to_the_other_thread() {
        for _ in 0..50 {
            let (mut crew, _) = idle(8).await;
            let (tell, told) = std::sync::mpsc::channel();
            let others = tokio::spawn(async move {
                start(&mut crew, 8, Does::Blocks(told));
                (9..20).for_each(|name| start(&mut crew, name, Does::Ends));
                while crew.in_hand() > 1 {
                    crew.ended(2).await;
                    drop(crew.take_ended());
                }
                tell.send(()).unwrap();
            });
            timeout(PATIENCE, others)
                .await
                .expect("all others end")
                .unwrap();
        }
    }

    /// Who is told by a task waits on that one's thread, too.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_job_that_keeps_its_thread_does_not_keep_who_waits_for_room() {
        for _ in 0..50 {
            let (mut crew, _) = crew(1);
            let shared = Arc::clone(&crew.shared);
            let first = waits(&mut crew, 0);
            let (tell, told) = std::sync::mpsc::channel();
            start(&mut crew, 1, Does::Blocks(told));
            let for_room = tokio::spawn(async move {
                crew.ended(2).await;
                tell.send(()).unwrap();
            });
            while shared.lock().watcher.is_none() {
                yield_now().await;
            }
            first.send(()).unwrap();
            timeout(PATIENCE, for_room)
                .await
                .expect("it hears of room")
                .unwrap();
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_last_job_keeps_nobody_either_who_was_not_told_before() {
        for _ in 0..50 {
            let (mut crew, _) = idle(8).await;
            drop(crew.take_ended());
            let (tell, told) = std::sync::mpsc::channel();
            let for_room = tokio::spawn(async move {
                start(&mut crew, 8, Does::Ends);
                let _wait: Vec<_> = (9..15).map(|name| waits(&mut crew, name)).collect();
                start(&mut crew, 15, Does::Blocks(told));
                crew.ended(8).await;
                tell.send(()).unwrap();
            });
            let for_room = timeout(PATIENCE, for_room).await;
            for_room.expect("it hears of room").unwrap();
        }
    }

    #[tokio::test]
    async fn who_waits_for_room_is_told_when_one_job_is_left_that_waits() {
        let (mut crew, _) = idle(8).await;
        drop(crew.take_ended());
        start(&mut crew, 8, Does::Ends);
        let _wait: Vec<_> = (9..16).map(|name| waits(&mut crew, name)).collect();
        let mut for_room = pin!(crew.ended(8));
        assert!(for_room.as_mut().now_or_never().is_none());
        // One has ended, while seven waited.
        settle().await;
        assert!(for_room.now_or_never().is_some());
        assert!(crew.shared.lock().watcher.is_none(), "it was not told");
    }

    #[tokio::test]
    async fn while_jobs_wait_who_waits_for_room_is_told_when_a_quarter_has_ended() {
        let (mut crew, _) = crew(1);
        let mut jobs: VecDeque<_> = (0..8).map(|name| waits(&mut crew, name)).collect();
        settle().await;
        let mut for_room = pin!(crew.ended(8));
        assert!(for_room.as_mut().now_or_never().is_none());
        for told in [false, true] {
            drop(jobs.pop_front());
            settle().await;
            assert_eq!(crew.shared.lock().watcher.is_none(), told);
        }
    }

    #[tokio::test]
    async fn what_is_ended_is_dropped_whether_it_has_begun_or_not() {
        for all in [true, false] {
            let (mut crew, _) = crew(1);
            let (mut runs, mut waits_still) = (waits(&mut crew, 0), waits(&mut crew, 1));
            settle().await;
            if all {
                crew.abort_all();
            } else {
                drop(crew);
            }
            let ended = async {
                runs.closed().await;
                waits_still.closed().await;
            };
            timeout(PATIENCE, ended).await.expect("both are dropped");
        }
    }

    #[tokio::test]
    async fn who_waits_hears_of_the_number_that_was_asked_for() {
        let (mut crew, _) = crew(3);
        let mut told: Vec<_> = (0..3)
            .map(|name| {
                let (tell, told) = oneshot::channel();
                let does = Does::Waits(told);
                crew.start(Noted { name, does }, None);
                tell
            })
            .collect();
        settle().await;
        let mut fewer = std::pin::pin!(crew.ended(2));
        assert!(fewer.as_mut().now_or_never().is_none());
        told.pop().unwrap().send(()).unwrap();
        settle().await;
        assert!(fewer.as_mut().now_or_never().is_none(), "there are two");
        told.pop().unwrap().send(()).unwrap();
        fewer.await;
        assert_eq!(crew.in_hand(), 1);
    }
}
