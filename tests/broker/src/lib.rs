//! A private RabbitMQ node for tests.
