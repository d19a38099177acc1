//! Health over HTTP: what it answers, and that no client hurts it. With real sockets and in real time.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use urutu::{Bus, RunningWorker, WorkerError};

use crate::service::builder;

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(30);

const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// A worker that is ready, and where it answers.
async fn ready(bus: &Bus) -> (RunningWorker, SocketAddr) {
    let (worker, _) = builder(bus, |delivery| async move { Ok(delivery.ack().await?) });
    let worker = worker.health_address(LOOPBACK).start().await.unwrap();
    worker.health().wait_for(|report| report.ready).await;
    let address = worker.health_address().expect("it was asked for");
    (worker, address)
}

async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

/// Everything that comes until the connection ends.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let read = timeout(PATIENCE, stream.read_to_string(&mut text)).await;
    read.expect("the connection ends").unwrap();
    text
}

async fn send(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(address).await;
    stream.write_all(bytes).await.unwrap();
    rest(&mut stream).await
}

/// The status line and the body.
async fn ask(address: SocketAddr, line: &str) -> (String, String) {
    let answer = send(
        address,
        format!("{line} HTTP/1.1\r\nhost: here\r\n\r\n").as_bytes(),
    )
    .await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("it has a head");
    let status = head.lines().next().unwrap_or_default();
    (status.to_owned(), body.to_owned())
}

const OK: &str = "HTTP/1.1 200 OK";
const UNAVAILABLE: &str = "HTTP/1.1 503 Service Unavailable";

#[tokio::test]
async fn http_tells_orchestrators_what_health_tells() {
    let bus = Bus::in_memory();
    let (worker, address) = ready(&bus).await;
    let mut health = worker.health();
    for path in ["/live", "/ready"] {
        let (status, body) = ask(address, &format!("GET {path}")).await;
        assert_eq!((&*status, body), (OK, format!("{}\n", health.report())));
    }
    let (status, body) = ask(address, "GET /health").await;
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, OK);
    assert_eq!(json, serde_json::to_value(health.report()).unwrap());
    assert_eq!(
        ask(address, "HEAD /health").await,
        (OK.to_owned(), String::new())
    );

    bus.close().await;
    health.wait_for(|report| !report.ready).await;
    assert_eq!(ask(address, "GET /live").await.0, OK);
    assert_eq!(ask(address, "GET /ready").await.0, UNAVAILABLE);
    let (status, body) = ask(address, "GET /health").await;
    assert_eq!(status, UNAVAILABLE);
    assert!(body.contains(r#""state":"recovering","since":""#), "{body}");

    worker.stop().await;
    assert!(
        TcpStream::connect(address).await.is_err(),
        "nobody listens any more"
    );
}

#[tokio::test]
async fn http_refuses_what_it_does_not_know() {
    let (_worker, address) = ready(&Bus::in_memory()).await;
    assert_eq!(ask(address, "GET /").await.0, "HTTP/1.1 404 Not Found");
    assert_eq!(
        ask(address, "DELETE /health").await.0,
        "HTTP/1.1 405 Method Not Allowed"
    );
    let garbage = send(address, &[0xff; 4096]).await;
    assert!(garbage.starts_with("HTTP/1.1 400 "), "{garbage}");
    let endless = send(address, &vec![b'a'; 50_000]).await;
    assert!(endless.starts_with("HTTP/1.1 431 "), "{endless}");
    assert_eq!(ask(address, "GET /ready").await.0, OK);
}

#[tokio::test]
async fn http_cuts_slow_clients_and_goes_on_answering_however_many_there_are() {
    let (_worker, address) = ready(&Bus::in_memory()).await;
    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut stream = connect(address).await;
        stream
            .write_all(b"GET /live HTTP/1.1\r\nx: ")
            .await
            .unwrap();
        slow.push(stream);
    }
    // It has its turn when the first of them are cut.
    assert_eq!(ask(address, "GET /ready").await.0, OK);
    for mut stream in slow {
        let mut byte = [0];
        let cut = timeout(PATIENCE, stream.read(&mut byte)).await;
        assert!(matches!(cut.expect("it is cut"), Ok(0) | Err(_)));
    }
}

#[tokio::test]
async fn http_address_in_use_is_an_error_that_names_it() {
    let taken = TcpListener::bind(LOOPBACK).await.unwrap();
    let address = taken.local_addr().unwrap();
    let (worker, _) = builder(&Bus::in_memory(), |_delivery| std::future::pending());
    let error = worker.health_address(address).start().await.unwrap_err();
    assert!(
        matches!(error, WorkerError::HealthAddress { .. }),
        "{error}"
    );
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}
