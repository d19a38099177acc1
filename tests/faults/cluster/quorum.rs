//! Quorum queues, under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use urutu::{Bus, OnDisconnect, PublishError, PublishErrorKind, PublishOptions};
use urutu_faults::bus::faults::{Job, Plan};
use urutu_faults::{Account, Load, Mix, Scale, publish_once};
use urutu_test_broker::Cluster;

const NAME: &str = "nodes_are_lost_and_return_under_load";

/// Queues that each have a leader to lose: that of the work, one of the delay cascade, and that of the dead letters.
const LED: [&str; 3] = ["faults.jobs", "urutu.delay.2", "faults.jobs.dead"];

/// Publishers that know of one node alone.
const AT_ONE_NODE: usize = 8;

/// How long a publish may take where there is no majority.
const DEADLINE: Duration = Duration::from_secs(5);

/// After how long a test that waits says what it waits for.
const TELL: Duration = Duration::from_secs(40);

/// A loaded machine may be late by so much; a publish that hangs is later.
const LATE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn nodes_are_lost_and_return_under_load() {
    let cluster = Arc::new(Cluster::start(3));
    let load = Load::start_with(Mix::Replicated, NAME, &cluster.url()).await;
    load.warm().await;
    let scene = Scene { cluster, load };
    scene.every_queue_has_three_members();
    let scale = Scale::of_this_run();
    for _ in 0..scale.choose(1, 1, 4) {
        for queue in &LED[..scale.choose(1, 1, 3)] {
            scene.kill_the_leader_of(queue).await;
        }
        scene.cut_the_leader_off().await;
        if scale != Scale::Fast {
            scene.kill_the_node_of_the_publishers().await;
            scene.restart_one_after_another().await;
        }
        scene.leave_no_majority().await;
    }
    scene.load.finish().await;
}

struct Scene {
    cluster: Arc<Cluster>,
    load: Load,
}

impl Scene {
    fn every_queue_has_three_members(&self) {
        for queue in LED.into_iter().chain(["faults.audit", "urutu.delay.0"]) {
            let members = self.cluster.members_seen_by(0, queue);
            assert_eq!(members.all, [0, 1, 2], "{queue}");
        }
    }

    async fn kill_the_leader_of(&self, queue: &'static str) {
        let leader = self
            .on_thread(move |cluster| cluster.leader_of(queue))
            .await;
        self.lose(&format!("kill -9 of the leader of {queue}"), leader)
            .await;
    }

    async fn kill_the_node_of_the_publishers(&self) {
        let name = format!("{NAME} publishing");
        let nodes = self
            .on_thread(move |cluster| cluster.nodes_of_connections(&name))
            .await;
        assert_eq!(nodes.len(), 1, "the publishers share one connection");
        self.lose("kill -9 of the publishers' node", nodes[0]).await;
    }

    /// Kills a node, and starts it again when the others have gone on without it.
    async fn lose(&self, what: &str, node: usize) {
        self.attack(what, move |cluster| cluster.node(node).kill())
            .await;
        self.attack("return of a node", move |cluster| cluster.restart(&[node]))
            .await;
        self.load.ready().await;
    }

    /// A publisher that is on the wrong side is never told that something is stored which is not.
    async fn cut_the_leader_off(&self) {
        let leader = self.on_thread(|cluster| cluster.leader_of(LED[0])).await;
        let url = self.cluster.node(leader).url();
        let lonely = Lonely::start(&url, self.load.account()).await;
        self.attack("cut around the leader", move |cluster| {
            cluster.isolate(leader);
        })
        .await;
        lonely.stop().await;
        self.attack("end of a cut", move |cluster| cluster.rejoin(leader))
            .await;
        self.load.ready().await;
    }

    async fn restart_one_after_another(&self) {
        for node in 0..3 {
            self.attack("stop of a node in order", move |cluster| {
                cluster.node(node).stop();
            })
            .await;
            self.attack("return of a node", move |cluster| cluster.restart(&[node]))
                .await;
            self.load.ready().await;
        }
    }

    async fn leave_no_majority(&self) {
        let left = self.on_thread(|cluster| cluster.leader_of(LED[0])).await;
        self.load.account().fault("kill -9 of two nodes of three");
        let others: Vec<usize> = (0..3).filter(|node| *node != left).collect();
        let killed = others.clone();
        self.on_thread(move |cluster| {
            for node in killed {
                cluster.node(node).kill();
            }
            cluster.await_paused(left);
        })
        .await;
        for mut health in self.load.healths().await {
            let red = health.wait_for(|report| !report.ready).await;
            assert!(
                red.is_some_and(|report| report.live),
                "it comes back by itself"
            );
        }
        self.publishes_end_in_time().await;
        self.attack("return of two nodes", move |cluster| {
            cluster.restart(&others);
        })
        .await;
        self.load.ready().await;
    }

    /// Whatever a publisher has chosen, it is told by its deadline.
    async fn publishes_end_in_time(&self) {
        // A connection that was open until now may end under the first one.
        let first = self.refused(OnDisconnect::Wait).await;
        let kind = first.kind();
        assert!(
            matches!(
                kind,
                PublishErrorKind::Disconnected(_) | PublishErrorKind::ConfirmLost(_)
            ),
            "{first}"
        );
        for choice in [OnDisconnect::Fail, OnDisconnect::Wait, OnDisconnect::Resend] {
            let error = self.refused(choice).await;
            assert!(
                matches!(error.kind(), PublishErrorKind::Disconnected(_)),
                "{choice:?}: {error}"
            );
            assert!(!error.to_string().contains("guest"), "{error}");
            // One that does not wait may come before another address was tried.
            if choice == OnDisconnect::Fail {
                continue;
            }
            for node in self.cluster.nodes() {
                let address = format!("127.0.0.1:{}", node.port());
                assert!(error.to_string().contains(&address), "{error}");
            }
        }
    }

    /// The error of a publish that cannot come to anything.
    async fn refused(&self, choice: OnDisconnect) -> PublishError {
        let options = PublishOptions::new()
            .deadline(DEADLINE)
            .on_disconnect(choice);
        let account = self.load.account();
        let number = account.next_number();
        account.publishing(number);
        let job = Job::new(number, Plan::Work);
        let sent = timeout(DEADLINE + LATE, self.load.bus().publish_with(&job, options));
        let error = sent.await.expect("it does not hang");
        let error = error.expect_err("there is no majority");
        account.failed(format!("{choice:?} without a majority"));
        error
    }

    async fn attack(&self, what: &str, attack: impl FnOnce(&Cluster) + Send + 'static) {
        let cluster = Arc::clone(&self.cluster);
        eprintln!("{what}");
        let attacked = self.load.fault(what, move || attack(&cluster));
        tokio::pin!(attacked);
        // What is going on, where it takes long.
        while timeout(TELL, &mut attacked).await.is_err() {
            for health in self.load.healths().await {
                eprintln!("{what}, not over yet: {}", health.report());
            }
            let led = self.on_thread(|cluster| {
                let running = cluster.running().next()?;
                Some(LED.map(|queue| cluster.members_seen_by(running, queue)))
            });
            eprintln!("{LED:?}: {:?}", led.await);
        }
    }

    /// `rabbitmqctl` takes seconds.
    async fn on_thread<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Cluster) -> T + Send + 'static,
    ) -> T {
        let cluster = Arc::clone(&self.cluster);
        tokio::task::spawn_blocking(move || ask(&cluster))
            .await
            .unwrap()
    }
}

/// Publishers that have the address of one node alone.
struct Lonely {
    publishing: JoinSet<()>,
    stopped: Arc<AtomicBool>,
}

impl Lonely {
    async fn start(url: &str, account: &Arc<Account>) -> Self {
        let bus = Bus::builder(url).on_disconnect(OnDisconnect::Fail);
        let bus = bus.publish_deadline(DEADLINE).connect().await.unwrap();
        let stopped = Arc::new(AtomicBool::new(false));
        let mut publishing = JoinSet::new();
        let before = account.ended();
        for _ in 0..AT_ONE_NODE {
            let (bus, account, stopped) = (bus.clone(), Arc::clone(account), Arc::clone(&stopped));
            publishing.spawn(async move {
                while !stopped.load(Ordering::SeqCst) {
                    // What comes of it is in the account.
                    let _ = publish_once(Mix::Replicated, &bus, &account).await;
                    sleep(Duration::from_millis(5)).await;
                }
            });
        }
        let mut noted = account.subscribe();
        while account.ended() < before + 50 {
            noted.changed().await.unwrap();
        }
        Self {
            publishing,
            stopped,
        }
    }

    async fn stop(mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        while let Some(ended) = self.publishing.join_next().await {
            ended.unwrap();
        }
    }
}
