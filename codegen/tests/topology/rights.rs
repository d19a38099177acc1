//! The command that gives a user the rights of a service. That they are enough, and none too many, is proven in `tests/faults`.

use crate::scene::Scene;

const SERVICES: &str = "  billing: {handles: {CapturePayment: {}}, publishes: [OrderPlaced]}
  front: {publishes: [CapturePayment]}
";

fn rights(scene: &Scene, arguments: &[&str]) -> String {
    let arguments: Vec<&str> = [&["rights"], arguments].concat();
    scene.run(&arguments).ends(0).stdout
}

#[test]
fn the_rights_of_a_service_are_one_command() {
    let scene = Scene::new("rights", "amqp://unused", "http://unused");
    scene.services(SERVICES);
    assert_eq!(
        rights(&scene, &["--service", "billing"]),
        concat!(
            r"rabbitmqctl set_permissions --vhost / billing",
            r" '^(billing\.capture_payment|billing\.capture_payment\.dead|shop|urutu\.delay\..*|urutu\.due\.queue/billing\.capture_payment)$'",
            r" '^(amq\.default|billing\.capture_payment|shop|urutu\.delay\..*|urutu\.due\.queue/billing\.capture_payment)$'",
            r" '^(billing\.capture_payment|shop|urutu\.delay\..*|urutu\.due\.queue/billing\.capture_payment)$'",
            "\n",
        )
    );
    let off = [
        "--service",
        "billing",
        "--mode",
        "off",
        "--user",
        "it's",
        "--vhost",
        "team a",
    ];
    assert_eq!(
        rights(&scene, &off),
        concat!(
            r"rabbitmqctl set_permissions --vhost 'team a' 'it'\''s' '^$'",
            r" '^(amq\.default|shop|urutu\.delay\..*)$'",
            r" '^(billing\.capture_payment)$'",
            "\n",
        )
    );
    // Who only publishes declares its exchange; with `--later`, also the way through the delays.
    assert_eq!(
        rights(&scene, &["--service", "front"]),
        "rabbitmqctl set_permissions --vhost / front '^(shop)$' '^(shop)$' '^$'\n"
    );
    let later = rights(&scene, &["--service", "front", "--later"]);
    let outlet = r"urutu\.due\.task/shop/payments\.capture)$'";
    assert_eq!(later.matches(outlet).count(), 3, "{later}");

    let nobody = scene.run(&["rights", "--service", "nobody"]).ends(2);
    nobody.complains(&["nobody", "billing"]);
}
