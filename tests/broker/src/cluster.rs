//! Several nodes that are one broker.

use std::net::{Ipv4Addr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::install::Install;
use crate::node::{END_LIMIT, Family, Place, await_closed};
use crate::ports;
use crate::warden::{Epmd, Warden};
use crate::{Broker, START_ATTEMPTS, join};

/// How long a cluster may take to agree on who is in it. A node that was lost waits for others with the newest data.
const AGREEMENT_LIMIT: Duration = Duration::from_secs(120);

/// Between two looks at something that takes a while. Each starts an Erlang.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Private RabbitMQ nodes that form a cluster. Dropping it ends them and removes their data.
///
/// A node that sees only a minority of the others pauses (`pause_minority`): it closes its connections and takes no new ones until it sees a majority again.
pub struct Cluster {
    nodes: Vec<Broker>,
    // After the nodes: it ends last.
    _epmd: Keeper,
}

/// The members of a quorum queue, by the index of their nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// Who leads it, as far as anybody knows.
    pub leader: Option<usize>,
    /// All of them.
    pub all: Vec<usize>,
    /// Those that answer.
    pub online: Vec<usize>,
}

impl Cluster {
    /// Starts `count` nodes at the same time, and waits until all of them agree that they are one cluster.
    ///
    /// # Panics
    ///
    /// As [`Broker::start`]; and when they do not form a cluster.
    pub fn start(count: usize) -> Self {
        let mut failure = String::new();
        for _ in 0..START_ATTEMPTS {
            match Self::try_start(count) {
                Ok(cluster) => return cluster,
                Err(error) => failure = error,
            }
        }
        panic!("{failure}");
    }

    fn try_start(count: usize) -> Result<Self, String> {
        let install = Install::find()?;
        let epmd = Keeper::start(&install)?;
        let names: Vec<String> = (0..count).map(node_name).collect();
        let listed = (1..).zip(&names).map(|(number, name)| {
            format!("cluster_formation.classic_config.nodes.{number} = {name}\n")
        });
        let family = Family {
            cookie: format!("URUTU{}{}", std::process::id(), epmd.port),
            epmd_port: epmd.port,
            config: format!(
                "cluster_formation.peer_discovery_backend = classic_config\n{}cluster_partition_handling = pause_minority\n",
                listed.collect::<String>()
            ),
        };
        let places: Vec<Place> = names
            .into_iter()
            .map(|name| Place::in_cluster(install.clone(), name, family.clone()))
            .collect::<Result<_, _>>()?;
        let started: Vec<Result<Broker, String>> = std::thread::scope(|scope| {
            let starting: Vec<_> = places
                .into_iter()
                .map(|place| scope.spawn(|| Broker::start_at(place)))
                .collect();
            let joined = starting.into_iter().map(|starting| match starting.join() {
                Ok(started) => started,
                Err(_) => Err("the start of a node panicked".to_owned()),
            });
            joined.collect()
        });
        let nodes = started.into_iter().collect::<Result<_, _>>()?;
        let cluster = Self { nodes, _epmd: epmd };
        cluster.agrees_within(AGREEMENT_LIMIT)?;
        Ok(cluster)
    }

    /// The nodes.
    pub fn nodes(&self) -> &[Broker] {
        &self.nodes
    }

    /// One of them.
    ///
    /// # Panics
    ///
    /// When there is none with this index.
    pub fn node(&self, index: usize) -> &Broker {
        &self.nodes[index]
    }

    /// The addresses of all nodes, with commas between them: the default vhost, `/`, with the default user's credentials.
    pub fn url(&self) -> String {
        let urls: Vec<String> = self.nodes.iter().map(Broker::url).collect();
        urls.join(",")
    }

    /// Waits until every node takes connections, and sees every other one run.
    ///
    /// # Panics
    ///
    /// When that does not come.
    pub fn await_whole(&self) {
        self.agrees_within(AGREEMENT_LIMIT)
            .unwrap_or_else(|error| panic!("{error}"));
    }

    /// Cuts a node off from all others, as a network does that is split: every process goes on running. It waits until the node has paused.
    ///
    /// The nodes get another cookie for each other, so that they refuse to speak. Clients and `rabbitmqctl` still reach every node.
    ///
    /// # Panics
    ///
    /// When the node does not pause.
    pub fn isolate(&self, index: usize) {
        let others = self.others_of(index);
        // In one go, and without waiting: while one link is there, nodes would ask each other whether the split is partial.
        self.nodes[index].ctl(&[
            "eval",
            &format!(
                "Others = [{others}],
                [erlang:set_cookie(Other, cut_off) || Other <- Others],
                [erlang:disconnect_node(Other) || Other <- Others]."
            ),
        ]);
        self.await_paused(index);
    }

    /// Waits until a node that sees no majority has paused.
    ///
    /// # Panics
    ///
    /// When it does not pause.
    pub fn await_paused(&self, index: usize) {
        assert!(
            await_closed(self.nodes[index].port()),
            "node {index} sees no majority and did not pause within {END_LIMIT:?}"
        );
    }

    /// Ends what [`isolate`](Self::isolate) did, and waits until the cluster is whole again.
    ///
    /// # Panics
    ///
    /// When it does not become whole.
    pub fn rejoin(&self, index: usize) {
        let others = self.others_of(index);
        self.nodes[index].ctl(&[
            "eval",
            &format!("[erlang:set_cookie(Other, erlang:get_cookie()) || Other <- [{others}]]."),
        ]);
        self.await_whole();
    }

    /// Starts nodes again that were killed or stopped, at the same time: they may need each other for that.
    ///
    /// # Panics
    ///
    /// When one does not come up, or the cluster does not become whole.
    pub fn restart(&self, indices: &[usize]) {
        std::thread::scope(|scope| {
            for index in indices {
                scope.spawn(|| self.nodes[*index].restart());
            }
        });
        self.await_whole();
    }

    /// Who has a quorum queue of the default vhost, as a node that is asked for it sees that.
    ///
    /// # Panics
    ///
    /// When the node does not answer, or knows no such queue.
    pub fn members_seen_by(&self, asked: usize, queue: &str) -> Members {
        // As a number for each letter, no name can end the expression. `list_queues` leaves out queues that nobody leads.
        let told = self.nodes[asked].ctl(&[
            "eval",
            &format!(
                "{{ok, Queue}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<\"/\">>, queue, <<{}>>)),
                {{Name, _}} = amqqueue:get_pid(Queue),
                #{{nodes := All}} = amqqueue:get_type_state(Queue),
                {{ra_leaderboard:lookup_leader(Name), All,
                    [Node || Node <- All, is_pid(rpc:call(Node, erlang, whereis, [Name]))]}}.",
                join(queue.bytes())
            ),
        ]);
        // A tuple, and two lists.
        let mut parts = told.split('[').map(|part| self.indices_in(part));
        let mut next = || parts.next().unwrap_or_default();
        Members {
            leader: next().first().copied(),
            all: next(),
            online: next(),
        }
    }

    /// Who leads a quorum queue of the default vhost; waits where nobody does. Nodes that do not run are not asked.
    ///
    /// # Panics
    ///
    /// When nobody comes to lead it.
    pub fn leader_of(&self, queue: &str) -> usize {
        let begun = Instant::now();
        loop {
            let asked = self.running().next().expect("one node runs");
            let members = self.members_seen_by(asked, queue);
            match members.leader {
                Some(leader) if members.online.contains(&leader) => return leader,
                _ => assert!(
                    begun.elapsed() < AGREEMENT_LIMIT,
                    "nobody leads `{queue}`: {members:?}"
                ),
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// The node that holds a classic queue of the default vhost.
    ///
    /// # Panics
    ///
    /// When there is no such queue, or its node is down.
    pub fn home_of(&self, queue: &str) -> usize {
        let told = self.on_any(&format!(
            "{{ok, Queue}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<\"/\">>, queue, <<{}>>)), node(amqqueue:get_pid(Queue)).",
            join(queue.bytes())
        ));
        let home = self.indices_in(&told).first().copied();
        home.unwrap_or_else(|| panic!("`{queue}` has no home: {told}"))
    }

    /// The nodes that clients are connected to whose connections have this name.
    ///
    /// # Panics
    ///
    /// As [`Broker::ctl`].
    pub fn nodes_of_connections(&self, name: &str) -> Vec<usize> {
        let told = self.on_any(&format!(
            "lists:usort([node(Pid) || Pid <- rabbit_networking:connections(),
                [{{client_properties, Table}}] <- [rabbit_reader:info(Pid, [client_properties])],
                {{_, _, Name}} <- [lists:keyfind(<<\"connection_name\">>, 1, Table)],
                Name =:= <<{}>>]).",
            join(name.bytes())
        ));
        self.indices_in(&told)
    }

    /// Evaluates Erlang on a node that runs.
    fn on_any(&self, expression: &str) -> String {
        let asked = self.running().next().expect("one node runs");
        self.nodes[asked].ctl(&["eval", expression])
    }

    /// The nodes that take connections.
    pub fn running(&self) -> impl Iterator<Item = usize> {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter_map(|(index, node)| accepts(node.port()).then_some(index))
    }

    fn agrees_within(&self, limit: Duration) -> Result<(), String> {
        let all = self.names_of(0..self.nodes.len());
        let agree = format!(
            "All = [{all}],
            lists:all(fun(Node) ->
                Seen = rpc:call(Node, rabbit_nodes, all_running, []),
                is_list(Seen) andalso lists:sort(Seen) =:= lists:sort(All)
            end, All)."
        );
        let begun = Instant::now();
        loop {
            let answer = self.nodes[0].place.ctl(&["eval", &agree]);
            let do_agree = answer.as_ref().is_ok_and(|answer| answer.trim() == "true");
            // A node that had paused runs a moment before it takes connections.
            if do_agree && self.running().count() == self.nodes.len() {
                return Ok(());
            }
            if begun.elapsed() > limit {
                return Err(format!(
                    "the private RabbitMQ nodes are not one cluster after {limit:?}; whether they agree: {answer:?}; those that take connections: {:?}",
                    self.running().collect::<Vec<_>>()
                ));
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// The nodes whose names stand in a text.
    fn indices_in(&self, text: &str) -> Vec<usize> {
        let names = self.nodes.iter().map(|node| &node.place.node_name);
        let found = names
            .enumerate()
            .filter(|(_, name)| text.contains(name.as_str()));
        found.map(|(index, _)| index).collect()
    }

    fn others_of(&self, index: usize) -> String {
        self.names_of((0..self.nodes.len()).filter(|other| *other != index))
    }

    /// As elements of an Erlang list.
    fn names_of(&self, indices: impl Iterator<Item = usize>) -> String {
        join(indices.map(|index| format!("'{}'", self.nodes[index].place.node_name)))
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("nodes", &self.nodes)
            .finish_non_exhaustive()
    }
}

/// The letters keep a name from being a part of another one.
fn node_name(index: usize) -> String {
    format!("urutu-{index}-of@localhost")
}

fn accepts(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Runs the epmd of a cluster: the one that tells nodes of each other, and must outlive each of them. Dropping it ends it.
struct Keeper {
    warden: Warden,
    port: u16,
}

impl Keeper {
    fn start(install: &Install) -> Result<Self, String> {
        let [port] = ports::free();
        let folder = std::env::temp_dir().join(format!("urutu-epmd-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        let mut bash = Command::new("bash");
        bash.env("ERL_EPMD_PORT", port.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .current_dir(&folder);
        let keeper = Self {
            warden: Warden::start(bash, &folder, Epmd::Elsewhere, &install.epmd)?,
            port,
        };
        let begun = Instant::now();
        while !accepts(port) {
            if begun.elapsed() > END_LIMIT || keeper.warden.output.has_ended() {
                return Err(format!(
                    "epmd does not listen on port {port}:{}",
                    keeper.warden.output.tail()
                ));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(keeper)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.warden.end();
        self.warden.await_end(END_LIMIT);
    }
}
