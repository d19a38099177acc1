//! What a broker or a user can be wrong about. No error shows a password.

use std::net::TcpListener;

use urutu_test_broker::Broker;

use crate::scene::{Outcome, Scene};

pub(crate) const SERVICES: &str = "  billing: {handles: {OrderPlaced: {}}}\n";

#[track_caller]
pub(crate) fn unable(scene: &Scene, arguments: &[&str], parts: &[&str]) {
    scene.services(SERVICES);
    let outcome = scene.run(arguments).ends(2);
    outcome.complains(parts);
    shows_no_password(&outcome);
}

#[track_caller]
pub(crate) fn shows_no_password(outcome: &Outcome) {
    let all = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(!all.contains("s3cret") && !all.contains("guest:"), "{all}");
}

#[test]
fn broker_that_refuses_is_an_error_with_what_to_do() {
    let broker = Broker::with_management();
    let (url, api) = (broker.url(), broker.management_url());
    let wrong = url.replace("guest:guest", "guest:s3cret");
    let refused = [
        "refuses the user `guest`",
        &api,
        "check the user and the password",
        "the tag `management`",
    ];
    unable(&Scene::new("password", &wrong, &api), &["plan"], &refused);

    broker.ctl(&["add_user", "plain", "s3cret"]);
    let plain = url.replace("guest:guest", "plain:s3cret");
    let refused = ["refuses the user `plain`", "`rabbitmqctl set_user_tags`"];
    unable(&Scene::new("tag", &plain, &api), &["verify"], &refused);

    let elsewhere = url.replace("%2f", "nowhere");
    let refused = ["has no vhost `nowhere`", "`%2f` is the default vhost"];
    unable(&Scene::new("vhost", &elsewhere, &api), &["plan"], &refused);

    // The management API may know another user than AMQP, which then is told apart.
    let named = api.replace("http://", "http://guest:guest@");
    let scene = Scene::new("named", &wrong, &named);
    scene.services(SERVICES);
    shows_no_password(&scene.run(&["plan"]).ends(0));
    unable(
        &scene,
        &["apply"],
        &[
            "cannot connect to RabbitMQ at amqp://127.0.0.1",
            "ACCESS_REFUSED",
        ],
    );

    // A user who may look but not declare.
    broker.ctl(&["set_user_tags", "plain", "management"]);
    broker.ctl(&["set_permissions", "plain", "^$", "^$", ".*"]);
    let scene = Scene::new("configure", &plain, &api);
    scene.services(SERVICES);
    scene.run(&["plan"]).ends(0);
    unable(
        &scene,
        &["apply"],
        &[
            "not everything could be created",
            "lacks the permission `configure` on the exchange `shop`",
        ],
    );

    // AMQP does not speak HTTP.
    let amqp = format!("http://127.0.0.1:{}", broker.port());
    unable(
        &Scene::new("amqp", &url, &amqp),
        &["plan"],
        &["--management-url"],
    );
}

#[test]
fn a_broker_without_the_management_api_is_an_error_with_how_to_turn_it_on() {
    // A port at which nothing listens, as it was free a moment ago and is below no service.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    unable(
        &Scene::new("absent", "amqp://me:s3cret@127.0.0.1/%2f", &api),
        &["plan"],
        &[
            "cannot reach RabbitMQ's management API at",
            &api,
            "`rabbitmq-plugins enable rabbitmq_management`",
            "`--management-url`",
        ],
    );
}

#[test]
fn wrong_usage_is_told_without_the_password() {
    let scene = Scene::new("usage", "me:s3cret@rabbit", "http://me:s3cret@rabbit");
    unable(
        &scene,
        &["plan"],
        &["write it as amqp://user:password@host:5672/%2f"],
    );
    let scene = Scene::new("usage-api", "amqp://rabbit", "me:s3cret@rabbit");
    unable(
        &scene,
        &["plan"],
        &["write it as http://user:password@host:15672"],
    );
    unable(&scene, &["--nonsense"], &["--nonsense"]);
    let scene = Scene::new("catalog", "amqp://rabbit", "http://rabbit");
    scene.services("  billing: {handles: {OrderLost: {}}}\n");
    let broken = scene.run(&["verify"]).ends(1);
    broken.complains(&["`OrderLost`", "has 1 error"]);
}
