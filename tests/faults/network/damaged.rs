//! Frames that are damaged or torn: whatever becomes of them, nobody panics, hangs, or takes one message for another.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;
use urutu::{Bus, OnDisconnect, PublishErrorKind, PublishOptions};
use urutu_faults::{Account, Scale};
use urutu_test_proxy::{Cut, Damage, Direction, Fault, Place, Proxy};

use crate::scene::{NOBODYS, PATIENCE, Scene, panics, publish, report, soon};

/// More than either side sends before a connection is open.
const HANDSHAKE: u64 = 600;

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_is_damaged_anywhere_ends_in_time() {
    let panics = panics();
    let scene = Scene::start();
    let step = usize::try_from(Scale::of_this_run().choose(17, 7, 1)).unwrap();
    let mut work = Vec::new();
    for (number, fault) in [
        |at| Fault::Damage(Damage::Flip, Place::At(at)),
        |at| Fault::Damage(Damage::Insert(1), Place::At(at)),
        |at| Fault::Damage(Damage::Drop(1), Place::At(at)),
        |at| Fault::CutAfter(at, Cut::Fin),
        |at| Fault::CutAfter(at, Cut::Rst),
    ]
    .into_iter()
    .enumerate()
    {
        for direction in [Direction::ToClient, Direction::ToBroker] {
            // Not the same places for all.
            let places = (0..HANDSHAKE).skip(number).step_by(step);
            work.extend(places.map(|place| (direction, fault(place))));
        }
    }
    let tried = work.len();
    let work = Arc::new(std::sync::Mutex::new(work));
    let mut lanes = JoinSet::new();
    for _ in 0..24 {
        let (broker, work) = (Arc::clone(&scene.broker), Arc::clone(&work));
        lanes.spawn(async move {
            let proxy = Proxy::before(broker.port());
            let url = proxy.url(&broker.url());
            let mut refused = 0;
            loop {
                let next = work.lock().unwrap().pop();
                let Some((direction, fault)) = next else {
                    return refused;
                };
                proxy.heal();
                proxy.fault_on_new(direction, fault);
                let what = format!("{direction:?} {fault:?}");
                match soon(&what, Bus::connect(&url)).await {
                    // What was damaged does not matter, as the name of the broker's product.
                    Ok(bus) => bus.close().await,
                    Err(error) => {
                        // It says what it was about, in one line.
                        let text = error.to_string();
                        let about = ["cannot connect", "is gone", "publisher confirms"];
                        assert!(
                            about.iter().any(|words| text.contains(words)) && !text.contains('\n'),
                            "{what}: {text}"
                        );
                        refused += 1;
                    }
                }
                soon("the end of the connection", async {
                    while proxy.open() > 0 {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                })
                .await;
            }
        });
    }
    let mut refused = 0;
    while let Some(lane) = lanes.join_next().await {
        refused += lane.unwrap();
    }
    println!("{refused} of {tried} handshakes failed");
    assert!(refused > tried / 4);
    assert_eq!(panics.load(Ordering::SeqCst), 0);
}

/// As long as a small method of the broker: a confirm, an answer to a declaration.
const FRAME: u64 = 24;

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_is_damaged_anywhere_ends_no_more_than_its_connection() {
    let panics = panics();
    let scene = Scene::start();
    let account = Arc::new(Account::default());
    let direct = urutu_faults::worker(&account)
        .broker_url(scene.broker.url())
        .start()
        .await
        .unwrap();
    let step = usize::try_from(Scale::of_this_run().choose(5, 2, 1)).unwrap();
    for direction in [Direction::ToClient, Direction::ToBroker] {
        let mut places = JoinSet::new();
        for place in (0..FRAME).step_by(step) {
            for damage in [Damage::Flip, Damage::Insert(1), Damage::Drop(1)] {
                let broker = Arc::clone(&scene.broker);
                places.spawn(async move {
                    let proxy = Proxy::before(broker.port());
                    let bus = Bus::connect(&proxy.url(&broker.url())).await.unwrap();
                    publish(&bus, NOBODYS, PublishOptions::new()).await.unwrap();
                    let fault = Fault::Damage(damage, Place::At(place));
                    proxy.fault_on_open(direction, fault);
                    // Whether it is stored depends on what was damaged; the error says what is known.
                    let options = PublishOptions::new().deadline(Duration::from_secs(5));
                    let what = format!("{direction:?} {fault:?}");
                    match soon(&what, publish(&bus, NOBODYS, options)).await {
                        Ok(_) => {}
                        Err(error) => match error.kind() {
                            PublishErrorKind::ConfirmLost(_)
                            | PublishErrorKind::Timeout(_)
                            | PublishErrorKind::NotAccepted(_)
                            | PublishErrorKind::Exchange(_)
                            | PublishErrorKind::Refused(_)
                            | PublishErrorKind::Unroutable => {}
                            _ => panic!("{what}: {error}"),
                        },
                    }
                    // A size that was damaged makes the rest of the connection disappear. That is found out by asking, which may take some minutes.
                    proxy.cut(Cut::Rst);
                    let options = PublishOptions::new()
                        .deadline(PATIENCE)
                        .on_disconnect(OnDisconnect::Resend);
                    soon(&what, publish(&bus, NOBODYS, options)).await.unwrap();
                    bus.close().await;
                });
                if places.len() >= 16 {
                    places.join_next().await.unwrap().unwrap();
                }
            }
        }
        while let Some(place) = places.join_next().await {
            place.unwrap();
        }
    }
    soon("the drain", direct.stop()).await;
    assert_eq!(panics.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_whose_frames_are_damaged_at_random_come_back() {
    let panics = panics();
    let scene = Scene::start();
    let account = Arc::new(Account::default());
    let worker = urutu_faults::worker(&account)
        .broker_url(scene.url("?heartbeat=5"))
        .start()
        .await
        .unwrap();
    let mut health = worker.health();
    let bus = Bus::connect(&scene.broker.url()).await.unwrap();
    // Bits that are turned over may be anywhere, also where nobody can see it: AMQP has no checksums. What must hold is that all goes on.
    for every in [5_000, 1_000, 200] {
        let fault = Fault::Damage(Damage::Flip, Place::Every(every));
        scene.proxy.fault(Direction::Both, fault);
        for _ in 0..300 {
            let _ = publish(&bus, NOBODYS, PublishOptions::new()).await;
        }
        scene.proxy.heal();
        scene.proxy.cut(Cut::Rst);
        report("green again", &mut health, |now| now.ready).await;
        let number = account.next_number();
        account.publishing(number);
        let mut noted = account.subscribe();
        publish(&bus, number, PublishOptions::new()).await.unwrap();
        soon("its handler", async {
            while !account.any_handled_since(number) {
                noted.changed().await.unwrap();
            }
        })
        .await;
    }
    assert_eq!(panics.load(Ordering::SeqCst), 0);
    soon("the drain", worker.stop()).await;
    soon("the close", bus.close()).await;
}
