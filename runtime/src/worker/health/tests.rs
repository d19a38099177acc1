use super::{Board, ConsumerState, WorkerPhase};

#[test]
fn a_worker_is_ready_when_everything_is_up_and_live_until_a_task_dies() {
    let board = Board::new();
    let health = board.health();
    let connection = board.connection();
    let [capture, captured] = ["capture", "captured"].map(|queue| board.consumer("billing", queue));
    board.enter(WorkerPhase::Running);
    connection.connected();
    capture.consuming();
    assert!(health.is_live() && !health.is_ready(), "one is starting");
    captured.consuming();
    assert!(health.is_ready());

    connection.recovering("gone".to_owned());
    assert!(health.is_live() && !health.is_ready(), "the connection");
    connection.connected();
    captured.recovering("gone".to_owned());
    assert!(health.is_live() && !health.is_ready(), "a consumer");
    captured.consuming();
    assert!(health.is_ready());

    drop(captured);
    assert!(!health.is_live() && !health.is_ready());
    assert_eq!(health.report().consumers[1].state, ConsumerState::Ended);
}

#[test]
fn a_worker_that_drains_is_live_until_it_has_stopped() {
    let board = Board::new();
    let health = board.health();
    let (connection, consumer) = (board.connection(), board.consumer("billing", "capture"));
    board.enter(WorkerPhase::Draining);
    consumer.draining();
    consumer.drained();
    drop((consumer, connection));
    assert_eq!(health.report().consumers[0].state, ConsumerState::Drained);
    assert!(health.is_live() && !health.is_ready());
    drop(board);
    assert!(!health.is_live());
    assert_eq!(health.report().phase, WorkerPhase::Stopped);
}

#[test]
fn trouble_lasts_from_the_first_error_and_tells_the_last() {
    let board = Board::new();
    let consumer = board.consumer("billing", "capture");
    let trouble = || match board.health().report().consumers.remove(0).state {
        ConsumerState::Recovering(trouble) => trouble,
        other => panic!("{other:?}"),
    };
    consumer.recovering("the queue was deleted".to_owned());
    let first = trouble();
    consumer.recovering("no broker".to_owned());
    let second = trouble();
    assert_eq!(first.since, second.since);
    assert_eq!(
        (&*first.error, &*second.error),
        ("the queue was deleted", "no broker")
    );
    consumer.consuming();
    consumer.recovering("again".to_owned());
    assert!(trouble().since > first.since);
}

#[test]
fn a_report_is_text_for_people_and_json_for_machines() {
    let board = Board::new();
    let connection = board.connection();
    let [capture, captured] = ["capture", "captured"].map(|queue| board.consumer("billing", queue));
    board.enter(WorkerPhase::Running);
    connection.connected();
    capture.consuming();
    captured.recovering("no broker".to_owned());
    let report = board.health().report();
    let ConsumerState::Recovering(trouble) = &report.consumers[1].state else {
        panic!("{report:?}");
    };
    let since = trouble.since;
    assert_eq!(
        report.to_string(),
        format!(
            "running: live, not ready\n  publishing: connected\n  billing, queue `capture`: consuming\n  \
             billing, queue `captured`: recovering since {since}: no broker"
        )
    );
    let json = serde_json::to_value(&report).expect("a report can be written");
    assert_eq!(
        json,
        serde_json::json!({
            "live": true,
            "ready": false,
            "phase": "running",
            "publishing": {"state": "connected"},
            "consumers": [
                {"service": "billing", "queue": "capture", "state": "consuming"},
                {
                    "service": "billing",
                    "queue": "captured",
                    "state": "recovering",
                    "since": since.to_string(),
                    "error": "no broker",
                },
            ],
        })
    );
}
