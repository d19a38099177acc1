//! A user of the broker with the rights of its service is enough; with one right less, an error names it.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use urutu::tools::{self, Destination, Doings, Rights, ServiceQueue, Topology};
use urutu::{BoxError, Bus, BusBuilder, Service, TopologyMode};
use urutu_test_broker::Broker;

use crate::shop::{Places, Shop, live};
use crate::witness::Witness;

/// The machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// So many lives at the same time.
const SIDE_BY_SIDE: usize = 6;

const EXCHANGE: &str = "faults";
const QUEUE: &str = "shop.orders";

/// Who connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// The workers of the service.
    Shop,
    /// A program that only publishes, also for later.
    Front,
    /// Somebody with `urutu dlq`.
    Desk,
}

impl Who {
    const ALL: [Self; 3] = [Self::Shop, Self::Front, Self::Desk];

    fn user(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Front => "front",
            Self::Desk => "desk",
        }
    }

    /// What it needs, by the rule that `urutu topology rights` goes by; `docs/security.md` lists that of the desk.
    fn rights(self, mode: TopologyMode) -> Rights {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let (topology, handles, later): (_, &[&str], _) = match self {
            Self::Shop => (of_the_shop(), &[QUEUE], false),
            Self::Front => (for_later(), &[], true),
            Self::Desk => {
                return Rights {
                    configure: BTreeSet::new(),
                    write: set(&["amq.default"]),
                    read: set(&["shop.orders.dead"]),
                };
            }
        };
        Rights::of(Doings {
            mode,
            topology: &topology,
            publishes: &[EXCHANGE],
            handles,
            later,
        })
    }
}

/// The lowest levels of the cascade: the delays here are short, and each level is a quorum queue for each vhost.
fn cascade() -> Topology {
    let low = |name: &str| {
        let level = name.strip_prefix("urutu.delay.");
        level.is_some_and(|level| ["0", "1", "2", "entry", "exit", "stray"].contains(&level))
    };
    let mut topology = tools::delay_cascade();
    topology.exchanges.retain(|exchange| low(&exchange.name));
    topology.queues.retain(|queue| low(&queue.name));
    topology.bindings.retain(|binding| {
        let (Destination::Queue(to) | Destination::Exchange(to)) = &binding.to;
        low(&binding.exchange) && low(to)
    });
    topology
}

fn of_the_shop() -> Topology {
    let spec = Shop::new().service().spec();
    let queues = spec.queues.iter().map(ServiceQueue::from);
    let mut topology = Topology::of_queues([EXCHANGE.into()], queues);
    topology.extend(tools::outlet_to_queue(QUEUE));
    topology.extend(cascade());
    topology
}

fn for_later() -> Topology {
    let mut topology = tools::outlet_to_topic(EXCHANGE, "orders.take", true);
    topology.extend(tools::outlet_to_topic(EXCHANGE, "orders.shipped", false));
    topology.extend(cascade());
    topology
}

/// The three permissions.
const PERMISSIONS: [&str; 3] = ["configure", "write", "read"];

fn names<'a>(rights: &'a mut Rights, permission: &str) -> &'a mut BTreeSet<String> {
    match permission {
        "configure" => &mut rights.configure,
        "write" => &mut rights.write,
        _ => &mut rights.read,
    }
}

/// One right; those on the many levels of the cascade are one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Right {
    who: Who,
    permission: &'static str,
    name: String,
}

impl Right {
    fn all(mode: TopologyMode) -> Vec<Self> {
        let mut all = Vec::new();
        for who in Who::ALL {
            let mut rights = who.rights(mode);
            for permission in PERMISSIONS {
                for name in names(&mut rights, permission).iter() {
                    let cascade = name.strip_prefix("urutu.delay.");
                    let name = cascade.map_or(name.as_str(), |_| "urutu.delay.");
                    let right = Self {
                        who,
                        permission,
                        name: name.to_owned(),
                    };
                    if !all.contains(&right) {
                        all.push(right);
                    }
                }
            }
        }
        all
    }

    fn take_from(&self, rights: &mut Rights) {
        names(rights, self.permission).retain(|name| {
            let cascade = self.name.ends_with('.') && name.starts_with(&self.name);
            *name != self.name && !cascade
        });
    }
}

/// One life on a vhost of its own.
#[derive(Debug, Clone)]
struct Case {
    mode: TopologyMode,
    less: Option<Right>,
    vhost: String,
}

impl Case {
    fn all() -> Vec<Self> {
        let mut cases = Vec::new();
        let mut add = |mode, less| {
            let vhost = format!("life {}.", cases.len());
            cases.push(Self { mode, less, vhost });
        };
        for mode in [
            TopologyMode::Declare,
            TopologyMode::Verify,
            TopologyMode::Off,
        ] {
            add(mode, None);
        }
        // Where nothing is declared, `verify` needs what `off` needs.
        for mode in [TopologyMode::Declare, TopologyMode::Off] {
            for right in Right::all(mode) {
                add(mode, Some(right));
            }
        }
        cases
    }

    /// Grants each user what it needs, less one right: an Erlang expression.
    fn grant(&self, less: Option<&Right>) -> String {
        let mut grants = Vec::new();
        for who in Who::ALL {
            let mut rights = who.rights(self.mode);
            if let Some(right) = less.filter(|right| right.who == who) {
                right.take_from(&mut rights);
            }
            let patterns = rights.patterns().map(|pattern| binary(&pattern));
            grants.push(format!(
                "ok = rabbit_auth_backend_internal:set_permissions({}, {}, {}, <<\"test\">>)",
                binary(who.user()),
                binary(&self.vhost),
                patterns.join(", "),
            ));
        }
        grants.join(", ")
    }

    /// The life must end well, or with an error that names what is missing. A worker that goes on without it must end its life well once it is
    /// granted.
    async fn run(
        self,
        broker: Arc<Broker>,
        admin_url: String,
        witness: Witness,
    ) -> Result<(), String> {
        if self.mode != TopologyMode::Declare {
            let admin = Bus::connect(&admin_url).await.unwrap();
            for topology in [of_the_shop(), for_later()] {
                tools::declare(&admin, &topology).await.unwrap();
            }
            admin.close().await;
        }
        let place = |who: Who| -> BusBuilder {
            let url = admin_url.replace("guest:guest", &format!("{}:pw", who.user()));
            Bus::builder(&url).topology(self.mode)
        };
        let mut life = pin!(live(Places {
            shop: place(Who::Shop),
            front: place(Who::Front),
            desk: place(Who::Desk),
        }));
        let Some(right) = &self.less else {
            let lived = timeout(PATIENCE, life).await;
            return match lived {
                Ok(Ok(())) => Ok(()),
                other => Err(format!("{self:?} should live: {other:?}")),
            };
        };
        let (user, vhost) = (
            format!("the user `{}`", right.who.user()),
            format!("in the vhost `{}`", self.vhost),
        );
        // Where a queue with dead letters is declared, the broker leaves open which of two it is.
        let permission = format!("`{}`", right.permission);
        let closing = if right.name.ends_with('.') { "" } else { "`" };
        let name = format!(" `{}{closing}", right.name);
        let says = [
            user.as_str(),
            "lacks the permission",
            &permission,
            &name,
            &vhost,
            "ACCESS_REFUSED",
            "grant it (`rabbitmqctl set_permissions`)",
        ];
        let missing_in = |error: &BoxError| -> Vec<_> {
            let text = error.to_string();
            says.into_iter()
                .filter(|part| !text.contains(part))
                .collect()
        };
        let told = async {
            while !witness.has_heard(&says) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        let started = Instant::now();
        tokio::select! {
            lived = &mut life => match lived {
                Ok(()) => Err(format!("{self:?} lives without it: the right is not needed")),
                Err(error) if missing_in(&error).is_empty() => Ok(()),
                Err(error) => Err(format!("{self:?}: {:?} is not in: {error}", missing_in(&error))),
            },
            () = told => {
                let grant = format!("{}.", self.grant(None));
                let granted = tokio::task::spawn_blocking(move || broker.ctl(&["eval", &grant]));
                // It takes seconds on a busy machine. The life goes on meanwhile: nobody else polls what it publishes, whose time runs.
                let (granted, lived) = tokio::join!(granted, timeout(PATIENCE, life));
                granted.unwrap();
                match lived {
                    Ok(Ok(())) => Ok(()),
                    // It was told, and ended it as well.
                    Ok(Err(error)) if missing_in(&error).is_empty() => Ok(()),
                    other => Err(format!("{self:?} should go on once it is granted: {other:?}")),
                }
            }
            () = sleep(PATIENCE) => Err(format!(
                "{self:?}: nobody has said {says:?} in {:?}",
                started.elapsed()
            )),
        }
    }
}

/// Text as Erlang has it, whatever is in it.
fn binary(text: &str) -> String {
    let bytes: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
    format!("<<{}>>", bytes.join(","))
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_users_with_the_rights_of_their_service_are_enough_and_one_right_less_is_named() {
    let witness = Witness::everywhere();
    let broker = Arc::new(Broker::start());
    for who in Who::ALL {
        broker.ctl(&["add_user", who.user(), "pw"]);
    }
    let cases = Case::all();
    assert!(cases.len() > 25, "{}", cases.len());
    let vhosts: Vec<&str> = cases.iter().map(|case| case.vhost.as_str()).collect();
    let urls = broker.urls_for_vhosts(&vhosts);
    let grants: Vec<String> = cases
        .iter()
        .map(|case| case.grant(case.less.as_ref()))
        .collect();
    broker.ctl(&["eval", &format!("{}.", grants.join(", "))]);

    let mut waiting: Vec<_> = cases.into_iter().zip(urls).rev().collect();
    let mut running = tokio::task::JoinSet::new();
    let mut failed = Vec::new();
    loop {
        while running.len() < SIDE_BY_SIDE
            && let Some((case, url)) = waiting.pop()
        {
            running.spawn(case.run(Arc::clone(&broker), url, witness.clone()));
        }
        let Some(ended) = running.join_next().await else {
            break;
        };
        failed.extend(ended.unwrap().err());
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
