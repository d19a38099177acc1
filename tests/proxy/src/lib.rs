//! A TCP proxy on loopback between a client and a broker, with the faults of a network.
//!
//! ```
//! use urutu_test_proxy::{Cut, Direction, Fault, Proxy};
//!
//! let proxy = Proxy::before(5672);
//! let url = proxy.url("amqp://guest:guest@127.0.0.1:5672/%2f");
//! assert_eq!(url, format!("amqp://guest:guest@127.0.0.1:{}/%2f", proxy.port()));
//! proxy.fault(Direction::ToClient, Fault::Stall); // from now on the broker's answers do not arrive
//! proxy.heal(); // now they do
//! proxy.cut(Cut::Rst); // every connection is gone; new ones are welcome
//! ```

mod connection;
mod damage;
mod fault;
mod orders;
mod pump;
mod random;
mod unreachable;

use std::collections::HashMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};

use connection::ClientEnd;
pub use fault::{Cut, Damage, Direction, Fault, Greeting, Place};
use orders::Orders;
pub use unreachable::Unreachable;

/// A proxy before a broker. It runs on a thread of its own; dropping it ends all its connections.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    greetings: mpsc::UnboundedSender<(Greeting, std::sync::mpsc::Sender<()>)>,
    runtime: Option<Runtime>,
}

struct Shared {
    broker: SocketAddr,
    seed: u64,
    /// How many connections were ever taken.
    accepted: AtomicU64,
    /// How many clients have ended theirs.
    ended: Arc<AtomicU64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// For connections to come.
    orders: Orders,
    /// Those that are open, by their number.
    open: HashMap<u64, Open>,
}

struct Open {
    orders: watch::Sender<Orders>,
    /// Whether the client has ended it.
    is_ended: Arc<AtomicBool>,
}

impl Proxy {
    /// Starts a proxy before the broker at this port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// When the machine gives no thread or no port.
    pub fn before(port: u16) -> Self {
        Self::with_seed(port, 0)
    }

    /// As [`before`](Self::before), with a seed for what is random: pieces and damages.
    ///
    /// # Panics
    ///
    /// As [`before`](Self::before).
    pub fn with_seed(port: u16, seed: u64) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("proxy")
            .enable_all()
            .build()
            .expect("the machine gives a thread");
        let _context = runtime.enter();
        // Bound and never listening: the port stays ours, also while it refuses connections.
        let reserved = socket(0).expect("a free port on 127.0.0.1");
        let port_of_proxy = reserved
            .local_addr()
            .expect("a bound socket has an address")
            .port();
        let shared = Arc::new(Shared {
            broker: (Ipv4Addr::LOCALHOST, port).into(),
            seed,
            accepted: AtomicU64::new(0),
            ended: Arc::default(),
            state: Mutex::default(),
        });
        let listener = listen(port_of_proxy);
        let (greetings, orders) = mpsc::unbounded_channel();
        runtime.spawn(accept(Arc::clone(&shared), listener, reserved, orders));
        Self {
            port: port_of_proxy,
            shared,
            greetings,
            runtime: Some(runtime),
        }
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A URL of the broker, `scheme://user:password@host:port/path?query`, through the proxy.
    ///
    /// # Panics
    ///
    /// When that is not its form.
    pub fn url(&self, broker_url: &str) -> String {
        let (scheme, rest) = broker_url.split_once("://").expect("a URL with a scheme");
        let (authority, path) = rest.split_once('/').expect("a URL with a path");
        let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
        format!("{scheme}://{user}@127.0.0.1:{}/{path}", self.port)
    }

    /// Switches a fault on, for the connections that are open and those to come. It takes the place of the one before.
    pub fn fault(&self, direction: Direction, fault: Fault) {
        self.fault_on_new(direction, fault);
        self.fault_on_open(direction, fault);
    }

    /// Switches a fault on for the connections that are open now, and not for those to come.
    pub fn fault_on_open(&self, direction: Direction, fault: Fault) {
        for open in self.shared.state().open.values() {
            open.orders
                .send_modify(|orders| orders.set(direction, fault));
        }
    }

    /// Switches a fault on for connections to come; those that are open keep theirs.
    pub fn fault_on_new(&self, direction: Direction, fault: Fault) {
        self.shared.state().orders.set(direction, fault);
    }

    /// What new connections meet from now on. Those that are open are left alone.
    ///
    /// # Panics
    ///
    /// When the proxy's thread has panicked.
    pub fn greet(&self, greeting: Greeting) {
        let (done, is_done) = std::sync::mpsc::channel();
        let sent = self.greetings.send((greeting, done));
        assert!(
            sent.is_ok() && is_done.recv().is_ok(),
            "the proxy does not run"
        );
    }

    /// Ends all faults: connections reach the broker, and bytes arrive.
    ///
    /// # Panics
    ///
    /// As [`greet`](Self::greet).
    pub fn heal(&self) {
        self.fault(Direction::Both, Fault::None);
        self.greet(Greeting::Broker);
    }

    /// Ends all open connections.
    pub fn cut(&self, how: Cut) {
        for open in self.shared.state().open.values() {
            open.orders.send_modify(|orders| orders.end = Some(how));
        }
    }

    /// How many connections are open now.
    pub fn open(&self) -> usize {
        self.shared.state().open.len()
    }

    /// How many connections are open that their clients have not ended.
    pub fn held_by_clients(&self) -> usize {
        let state = self.shared.state();
        let held = |open: &&Open| !open.is_ended.load(Ordering::Relaxed);
        state.open.values().filter(held).count()
    }

    /// How many clients have ended their connections, as far as the proxy takes what they send. One that nobody answers ends its own for nobody but
    /// itself: this tells that it has let go.
    pub fn ended_by_clients(&self) -> u64 {
        self.shared.ended.load(Ordering::Relaxed)
    }

    /// How many connections were ever taken, also those that ended at once.
    pub fn accepted(&self) -> u64 {
        self.shared.accepted.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self: Arc<Self>, client: TcpStream, number: u64, greeting: Greeting) {
        let client_end = ClientEnd {
            all: Arc::clone(&self.ended),
            is_here: Arc::default(),
        };
        let receiver = {
            let mut state = self.state();
            let (orders, receiver) = watch::channel(state.orders);
            let is_ended = Arc::clone(&client_end.is_here);
            state.open.insert(number, Open { orders, is_ended });
            receiver
        };
        match greeting {
            Greeting::Broker => {
                let seed = self.seed.wrapping_add(number << 32);
                connection::forward(client, self.broker, receiver, seed, &client_end).await;
            }
            Greeting::Cut(how) => connection::end(client, how).await,
            Greeting::Silence | Greeting::Refusal => {
                connection::keep_silent(client, receiver, &client_end).await;
            }
        }
        self.state().open.remove(&number);
    }
}

/// Takes connections as the greeting of the moment says.
async fn accept(
    shared: Arc<Shared>,
    listener: TcpListener,
    _reserved: TcpSocket,
    mut greetings: mpsc::UnboundedReceiver<(Greeting, std::sync::mpsc::Sender<()>)>,
) {
    let port = listener.local_addr().map_or(0, |address| address.port());
    let mut listener = Some(listener);
    let mut greeting = Greeting::Broker;
    loop {
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            new = greetings.recv() => {
                let Some((new, done)) = new else { return };
                greeting = new;
                if greeting == Greeting::Refusal {
                    listener = None;
                } else if listener.is_none() {
                    listener = Some(listen(port));
                }
                // Whoever asked has been ended by its test.
                let _ = done.send(());
            }
            accepted = accepted => {
                let Ok((client, _)) = accepted else { continue };
                let number = shared.accepted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(Arc::clone(&shared).serve(client, number, greeting));
            }
        }
    }
}

/// A socket on 127.0.0.1, bound to a port or, with 0, to any free one.
fn socket(port: u16) -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    Ok(socket)
}

fn listen(port: u16) -> TcpListener {
    socket(port)
        .and_then(|socket| socket.listen(1024))
        .expect("the port is reserved")
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Not a wait: it may be dropped within another runtime. Its tasks, and with them its sockets, go at their next step.
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("port", &self.port)
            .field("broker", &self.shared.broker)
            .field("open", &self.open())
            .finish_non_exhaustive()
    }
}
