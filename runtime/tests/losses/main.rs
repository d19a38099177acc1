//! What the message bus that urutu descends from loses or breaks, one test each: here it is not lost. The numbers are those of the list in
//! `docs/reliability.md`.
//!
//! Where a loss needs no fault of the broker, its test runs in memory and on RabbitMQ; the others are RabbitMQ's alone.

// A test that meets what it does not expect panics.
#![allow(clippy::unwrap_used)]

mod faults;
mod forged;
mod ledger;
#[path = "../support/side_by_side.rs"]
mod side_by_side;
mod transaction;
mod worker;

/// Makes each loss a test in memory, and lists them for the test on RabbitMQ.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(
                #[tokio::test(start_paused = true)]
                async fn $name() {
                    crate::worker::$name(urutu::Bus::in_memory()).await;
                }
            )*
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn broker_has_none_of_these_losses() {
            crate::side_by_side::hold_on_rabbitmq(&[
                $((stringify!($name), |bus| Box::pin(crate::worker::$name(bus)))),*
            ]).await;
        }
    };
}

on_both! {
    loss_01_acknowledged_before_the_commit_and_the_publish,
    loss_02_a_failed_handler_commits_and_publishes,
    loss_03_a_message_that_timed_out_keeps_its_prefetch_slot,
    loss_05_an_unroutable_task_is_a_log_line,
    loss_06_a_replayed_dead_letter_is_gone,
    loss_08_nack_is_a_hot_loop,
    loss_09_children_inherit_a_spent_budget,
    loss_10_an_error_after_the_ack_makes_a_duplicate,
    loss_12_a_shutdown_waits_without_limit,
    loss_13_topics_bleed_into_each_other,
    loss_14_settings_have_no_effect,
}
