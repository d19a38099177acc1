//! What the worker promises, on the in-memory broker (in paused time) and on RabbitMQ.

// A test that meets what it does not expect panics.
#![allow(clippy::unwrap_used)]

mod alarms;
mod crowd;
mod dead_letters;
mod delays;
mod failure;
mod foreign;
mod health;
#[cfg(feature = "health-http")]
mod health_http;
mod late;
mod later;
mod layers;
mod ledger;
mod order;
mod properties;
mod service;
mod shared;
#[path = "../support/side_by_side.rs"]
mod side_by_side;
mod supervision;
mod topology;

/// Makes each property a test in memory, and lists them for the test on RabbitMQ.
macro_rules! suite {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(
                #[tokio::test(start_paused = true)]
                async fn $name() {
                    crate::late::exactly(crate::properties::$name(urutu::Bus::in_memory())).await;
                }
            )*
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn broker_keeps_every_promise_of_the_worker() {
            crate::side_by_side::hold_on_rabbitmq(&[
                $((stringify!($name), |bus| Box::pin(crate::properties::$name(bus)))),*
            ]).await;
        }
    };
}

suite! {
    an_acknowledged_task_publishes_what_it_staged,
    a_staged_event_that_must_reach_a_queue_fails_the_attempt_where_it_reaches_none,
    a_failed_handler_publishes_nothing_and_is_tried_again_until_its_attempts_are_spent,
    retry_later_comes_back_after_the_delay_that_was_asked_for,
    a_short_delay_never_waits_behind_a_long_one,
    a_panic_and_a_timeout_count_as_attempts,
    nack_comes_back_at_once_and_counts,
    an_error_after_settling_changes_nothing,
    an_acknowledgement_that_comes_too_late_is_an_error_and_publishes_nothing,
    a_dead_letter_says_why_how_often_and_where_it_comes_from,
    queues_of_both_types_share_a_dead_letter_queue,
    a_message_for_later_comes_out_after_its_delay_at_its_exchange_with_its_topic,
    what_is_due_is_published_at_once_and_too_long_a_delay_is_an_error,
    what_is_staged_for_later_begins_to_wait_when_its_handler_succeeds,
    what_breaks_its_contract_or_reaches_nobody_is_an_error_at_the_caller,
    a_drain_waits_for_what_runs_and_gives_back_what_takes_too_long,
    a_worker_that_is_lost_costs_an_attempt_and_no_message,
    thousands_published_at_once_are_each_handled_once,
    health_tells_of_the_start_the_drain_and_the_end,
    health_is_red_with_the_reason_when_the_connection_is_closed,
    a_worker_that_does_not_start_is_not_live,
    reading_dead_letters_ends_and_takes_none_out,
    each_filter_means_what_it_says,
    a_replayed_message_is_handled_as_if_it_were_new,
    what_fails_again_during_a_replay_is_not_replayed_again,
    a_sweep_takes_what_its_filter_means_up_to_its_limit,
    a_dry_run_counts_and_changes_nothing,
    a_letter_that_cannot_be_replayed_stays_and_the_report_says_why,
    a_replay_goes_to_another_queue_when_it_is_told_to,
    a_sweep_stops_when_it_is_told_to_and_says_how_far_it_came,
    what_the_broker_gave_up_is_replayed_where_it_died_and_lives_on,
    letters_in_a_shared_queue_go_back_each_to_its_own,
    a_transient_error_comes_back_after_its_own_delay,
    the_hook_of_a_service_hears_of_every_failure_and_chooses_what_becomes_of_it,
    layers_see_deliveries_in_their_order_and_hand_values_to_handlers,
    limits_hold_and_waiting_for_them_is_not_the_time_of_the_handler,
    a_layer_that_gives_up_costs_an_attempt_with_its_error,
    messages_with_one_key_are_handled_one_after_another_while_others_run_in_parallel,
    a_handler_that_fails_does_not_hold_up_its_key,
    a_message_without_its_key_waits_for_nobody_and_becomes_a_dead_letter,
    what_waits_for_its_turn_goes_back_in_order_when_the_worker_drains,
    a_lost_worker_leaves_the_order_as_it_was,
    two_workers_keep_the_order_also_when_one_drains,
}
