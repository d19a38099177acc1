//! Definitions of services and their handlers.

use super::choice;
use super::lint::allow;
use super::shape::{Shape, about, described, flag, or_null, texts, whole};
use crate::model::Value;
use crate::render::json::{list, number, object, reference, string, strings, with};
use crate::syntax::vocabulary as words;

pub(super) fn definitions() -> Vec<(&'static str, Value)> {
    vec![
        ("service", service()),
        ("handler", or_null(handler())),
        ("queue", queue()),
        ("queueArguments", arguments()),
        ("deadLetter", dead_letter()),
        ("retry", retry()),
        ("defaults", defaults()),
    ]
}

/// What services and handlers have in common.
fn consuming(shape: Shape) -> Shape {
    let most = u16::MAX.into();
    shape
        .key(
            "concurrency",
            whole(
                "How many handlers of one worker run at the same time, for each queue; 10 by default.",
                1,
                most,
            ),
        )
        .key(
            "prefetch",
            whole(
                "How many unsettled messages one worker holds, for each queue; twice the concurrency by default.",
                1,
                most,
            ),
        )
        .key(
            "on_unknown",
            choice(
                "What happens to a message in a queue that no handler takes; `dead_letter` by default.",
                &words::ON_UNKNOWN,
            ),
        )
        .key(
            "dead_letter",
            described(
                "deadLetter",
                "The queue that keeps the dead letters, which several may share: its name, or `{queue}`; \
                 by default, one for each queue, with `.dead` after its name.",
            ),
        )
}

/// What a manifest, a service and a handler may set, each for those below.
fn settings(shape: Shape) -> Shape {
    consuming(shape)
        .key(
            "timeout",
            described(
                "duration",
                "How long one attempt may take; 60s by default, less than 30 minutes.",
            ),
        )
        .key(
            "on_error",
            choice(
                "After an error, a panic or a timeout; `retry` by default.",
                &words::ON_ERROR,
            ),
        )
        .key(
            "retry",
            described("retry", "How often, and after which delays."),
        )
}

fn with_queue(shape: Shape) -> Shape {
    shape.key(
        "queue",
        described("queue", "A queue: its name, or `{name, type, arguments}`."),
    )
}

/// `defaults` of a manifest.
fn defaults() -> Value {
    let shape = Shape::new(
        "Defaults",
        "What holds for every handler and queue of the catalog that says nothing else.",
        words::DEFAULTS,
    );
    let queue = Shape::new(
        "Default of queues",
        "The type of queues, and their limits.",
        words::DEFAULT_QUEUE,
    )
    .key(
        "arguments",
        described("queueArguments", "The limits that the broker keeps."),
    )
    .key("type", kind())
    .optional();
    settings(shape).key("queue", queue).optional()
}

fn service() -> Value {
    let handles = [
        ("type", strings(["object", "null"])),
        ("additionalProperties", reference("handler")),
    ];
    let shape = Shape::new(
        "Service",
        "What a service publishes and handles.",
        words::SERVICE,
    );
    settings(with_queue(shape))
        .key("allow", allow())
        .key("doc", described("text", "What the service does."))
        .key(
            "publishes",
            texts("text", "The messages that it publishes."),
        )
        .key(
            "handles",
            with(
                about("The messages that it handles, each with its settings: `{}` for none."),
                handles,
            ),
        )
        .key(
            "bindings",
            with(
                texts(
                    "bindingKey",
                    "The binding keys of the one queue of the service, always quoted.",
                ),
                [("minItems", number(1))],
            ),
        )
        .optional()
}

fn handler() -> Value {
    let shape = Shape::new("Handler", "How a message is handled.", words::HANDLER);
    settings(with_queue(shape))
        .key("allow", allow())
        .key(
            "ack",
            choice(
                "Who settles a message: `auto`, the worker by the result (the default), or `manual`, the handler.",
                &words::ACK_MODES,
            ),
        )
        .key(
            "ordered_by",
            described(
                "snake",
                "A field of the message: those with one value are handled one after another, others at the same time.",
            ),
        )
        .optional()
}

fn queue() -> Value {
    let long = Shape::new(
        "Queue",
        "A queue with its type and its limits.",
        words::QUEUE,
    )
    .key(
        "arguments",
        described("queueArguments", "The limits that the broker keeps."),
    )
    .key("name", described("queueName", "The name of the queue."))
    .key("type", kind())
    .optional();
    object([("anyOf", list([reference("queueName"), long]))])
}

fn kind() -> Value {
    choice(
        "`quorum`, which is replicated (the default), or `classic`.",
        &words::QUEUE_KINDS,
    )
}

fn dead_letter() -> Value {
    let long = Shape::new(
        "Dead letters",
        "Where the dead letters go.",
        words::DEAD_LETTER,
    )
    .key(
        "queue",
        described("queueName", "The queue that keeps the dead letters."),
    )
    .required(&["queue"]);
    object([("anyOf", list([reference("queueName"), long]))])
}

fn arguments() -> Value {
    Shape::new(
        "Arguments of a queue",
        "The limits that the broker keeps.",
        words::ARGUMENTS,
    )
    .key(
        "max_length",
        whole("Most messages that wait in it.", 1, u32::MAX.into()),
    )
    .key(
        "max_length_bytes",
        whole(
            "Most bytes of the bodies that wait in it.",
            1,
            words::MOST_BYTES,
        ),
    )
    .key(
        "overflow",
        choice(
            "Without room: `reject_publish` refuses the publish (the default); `drop_head`, of classic queues, makes the oldest message a dead letter.",
            &words::OVERFLOWS,
        ),
    )
    .key(
        "message_ttl",
        described(
            "duration",
            "How long a message may wait in it before it becomes a dead letter.",
        ),
    )
    .key(
        "delivery_limit",
        whole(
            "How often a message may come back to a quorum queue before it becomes a dead letter.",
            1,
            u32::MAX.into(),
        ),
    )
    .key(
        "single_active_consumer",
        flag("One consumer at a time gets its messages; `false` by default."),
    )
    .key(
        "max_priority",
        whole(
            "The highest priority that a classic queue tells from lower ones.",
            1,
            u8::MAX.into(),
        ),
    )
    .optional()
}

fn retry() -> Value {
    let delay = |description| described("duration", description);
    Shape::new(
        "Retry policy",
        "How often a message is tried, and after which delays.",
        words::RETRY,
    )
    .key(
        "attempts",
        whole("In all, the first one included; 5 by default.", 1, 1000),
    )
    .key(
        "backoff",
        choice(
            "How the delay grows; `exponential` by default.",
            &words::BACKOFFS,
        ),
    )
    .key(
        "initial",
        delay("Before the second attempt; 1s by default."),
    )
    .key("max", delay("The longest delay; 5m by default."))
    .key(
        "jitter",
        with(
            about("How much of a delay may be left out at random, so that what failed together does not come back together; 0% by default."),
            [
                ("type", string("string")),
                ("pattern", string(words::PERCENTAGE)),
            ],
        ),
    )
    .optional()
}
