//! Each fault does to a connection what it says.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use urutu_test_proxy::{Cut, Damage, Direction, Fault, Greeting, Place, Proxy, Unreachable};

/// Far more than any step takes.
const LIMIT: Duration = Duration::from_secs(30);
/// How long nothing must come where nothing may come.
const QUIET: Duration = Duration::from_millis(200);

struct Scene {
    listener: TcpListener,
    proxy: Proxy,
}

impl Scene {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Proxy::before(listener.local_addr().unwrap().port());
        Self { listener, proxy }
    }

    /// A connection through the proxy, from both ends.
    async fn connect(&self) -> (TcpStream, TcpStream) {
        let client = soon(TcpStream::connect(("127.0.0.1", self.proxy.port())))
            .await
            .unwrap();
        let (broker, _) = soon(self.listener.accept()).await.unwrap();
        (client, broker)
    }

    async fn connect_client(&self) -> std::io::Result<TcpStream> {
        soon(TcpStream::connect(("127.0.0.1", self.proxy.port()))).await
    }
}

async fn soon<F: Future>(step: F) -> F::Output {
    timeout(LIMIT, step).await.expect("in time")
}

async fn send(stream: &mut TcpStream, bytes: &[u8]) {
    soon(stream.write_all(bytes)).await.unwrap();
}

async fn receive(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    soon(stream.read_exact(&mut bytes)).await.unwrap();
    bytes
}

/// The next bytes, or that there are no more.
async fn read(stream: &mut TcpStream) -> std::io::Result<usize> {
    soon(stream.read(&mut [0; 1024])).await
}

async fn is_quiet(stream: &mut TcpStream) -> bool {
    timeout(QUIET, stream.read(&mut [0; 1])).await.is_err()
}

fn was_reset(read: std::io::Result<usize>) -> bool {
    read.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset)
}

#[tokio::test]
async fn bytes_arrive_and_the_end_of_one_direction_is_passed_on() {
    let scene = Scene::new().await;
    let (mut client, mut broker) = scene.connect().await;
    send(&mut client, b"question").await;
    assert_eq!(receive(&mut broker, 8).await, b"question");
    client.shutdown().await.unwrap();
    assert_eq!(read(&mut broker).await.unwrap(), 0);
    send(&mut broker, b"answer").await;
    assert_eq!(receive(&mut client, 6).await, b"answer");
    drop(broker);
    assert_eq!(read(&mut client).await.unwrap(), 0);
    assert_eq!(scene.proxy.accepted(), 1);
}

#[tokio::test]
async fn a_cut_reaches_both_ends_in_its_manner() {
    let scene = Scene::new().await;
    for (cut, reset) in [(Cut::Fin, false), (Cut::Rst, true)] {
        let (mut client, mut broker) = scene.connect().await;
        scene.proxy.cut(cut);
        for end in [&mut client, &mut broker] {
            let read = read(end).await;
            assert_eq!(was_reset(read), reset, "{cut:?}");
        }
    }
    let (mut client, mut broker) = scene.connect().await;
    let after = Fault::CutAfter(3, Cut::Fin);
    scene.proxy.fault(Direction::ToClient, after);
    send(&mut broker, b"answer").await;
    assert_eq!(receive(&mut client, 3).await, b"ans");
    assert_eq!(read(&mut client).await.unwrap(), 0);
}

#[tokio::test]
async fn new_connections_are_refused_cut_or_left_without_an_answer() {
    let scene = Scene::new().await;
    let (mut client, mut broker) = scene.connect().await;
    scene.proxy.greet(Greeting::Refusal);
    let refused = scene.connect_client().await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    send(&mut client, b"still here").await;
    assert_eq!(receive(&mut broker, 10).await, b"still here");

    scene.proxy.greet(Greeting::Cut(Cut::Fin));
    let mut cut = scene.connect_client().await.unwrap();
    assert_eq!(read(&mut cut).await.unwrap(), 0);

    scene.proxy.greet(Greeting::Silence);
    let mut silent = scene.connect_client().await.unwrap();
    send(&mut silent, b"anybody?").await;
    assert!(is_quiet(&mut silent).await);
    assert_eq!(scene.proxy.ended_by_clients(), 0);
    drop(silent);
    soon(async {
        while scene.proxy.ended_by_clients() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;

    scene.proxy.heal();
    scene.connect().await;
}

#[tokio::test]
async fn what_is_stalled_arrives_later_and_what_is_lost_does_not() {
    let scene = Scene::new().await;
    let (mut client, mut broker) = scene.connect().await;
    scene.proxy.fault(Direction::ToBroker, Fault::Stall);
    send(&mut client, b"late").await;
    send(&mut broker, b"other way").await;
    assert_eq!(receive(&mut client, 9).await, b"other way");
    assert!(is_quiet(&mut broker).await);
    // The sender's buffers fill up: nobody takes its bytes.
    let flood = async { while client.write_all(&[0; 16_000]).await.is_ok() {} };
    assert!(timeout(QUIET, flood).await.is_err());
    scene.proxy.heal();
    assert_eq!(receive(&mut broker, 4).await, b"late");

    let (mut client, mut broker) = scene.connect().await;
    scene.proxy.fault(Direction::ToBroker, Fault::Lose);
    send(&mut client, b"lost").await;
    for _ in 0..800 {
        send(&mut client, &[0; 16_000]).await;
    }
    client.shutdown().await.unwrap();
    assert!(is_quiet(&mut broker).await, "the end is lost as well");
    scene.proxy.heal();
    assert!(was_reset(read(&mut broker).await));
}

#[tokio::test]
async fn delays_and_bandwidths_take_their_time_and_lose_nothing() {
    let scene = Scene::new().await;
    let sent: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    for (fault, least) in [
        (Fault::Delay(Duration::from_millis(300)), 300),
        (Fault::Bandwidth(200_000), 400),
        (Fault::Split(3), 0),
    ] {
        let (mut client, mut broker) = scene.connect().await;
        scene.proxy.fault(Direction::Both, fault);
        let started = Instant::now();
        send(&mut client, &sent).await;
        assert_eq!(receive(&mut broker, sent.len()).await, sent, "{fault:?}");
        assert!(
            started.elapsed() >= Duration::from_millis(least),
            "{fault:?}"
        );
        scene.proxy.heal();
    }
}

#[tokio::test]
async fn split_bytes_come_one_by_one() {
    let scene = Scene::new().await;
    scene.proxy.fault(Direction::ToBroker, Fault::Split(1));
    let (mut client, mut broker) = scene.connect().await;
    send(&mut client, &[7; 2_000]).await;
    let (mut count, mut reads) = (0, 0);
    while count < 2_000 {
        count += read(&mut broker).await.unwrap();
        reads += 1;
    }
    // How many of them a reader finds at a time is up to the machine.
    assert!(reads > 1, "they came in one piece");
}

#[tokio::test]
async fn a_fault_may_be_for_new_connections_alone() {
    let scene = Scene::new().await;
    let (mut old_client, mut old_broker) = scene.connect().await;
    let flip = Fault::Damage(Damage::Flip, Place::At(1));
    scene.proxy.fault_on_new(Direction::ToBroker, flip);
    let (mut client, mut broker) = scene.connect().await;
    for client in [&mut old_client, &mut client] {
        send(client, b"abc").await;
    }
    assert_eq!(receive(&mut old_broker, 3).await, b"abc");
    let damaged = receive(&mut broker, 3).await;
    assert_eq!((damaged[0], damaged[2]), (b'a', b'c'));
    assert_ne!(damaged[1], b'b');
    assert_eq!(scene.proxy.open(), 2);
}

#[tokio::test]
async fn a_dropped_proxy_ends_everything() {
    let scene = Scene::new().await;
    let (mut client, mut broker) = scene.connect().await;
    let port = scene.proxy.port();
    drop(scene.proxy);
    for end in [&mut client, &mut broker] {
        let ended = read(end).await;
        assert!(matches!(ended, Ok(0)) || was_reset(ended));
    }
    soon(async { while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {} }).await;
}

#[tokio::test]
async fn an_unreachable_address_answers_nothing() {
    let nowhere = Unreachable::new().await.unwrap();
    let connecting = TcpStream::connect(("127.0.0.1", nowhere.port()));
    assert!(timeout(QUIET * 5, connecting).await.is_err());
}
