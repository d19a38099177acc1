//! The words of a name, as they stand in the names of queues: part of the topology, and therefore never to be changed.

/// `OrderPlaced` becomes `order_placed`, `HTTPServer2Up` becomes `http_server2_up`.
pub(crate) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1);
        let starts_word = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase)
            });
        if starts_word {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn words() {
        for (name, expected) in [
            ("OrderPlaced", "order_placed"),
            ("HTTPServer2Up", "http_server2_up"),
            ("A", "a"),
            ("AB", "ab"),
            ("ABc", "a_bc"),
            ("OrderV2", "order_v2"),
        ] {
            assert_eq!(snake(name), expected);
        }
    }
}
