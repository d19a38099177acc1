//! RabbitMQ, through lapin.
