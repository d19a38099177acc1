//! Casing.

/// `OrderPlaced` becomes `order_placed`, `HTTPRequest2` becomes `http_request2`, `in-transit` becomes `in_transit`.
pub(crate) fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for word in words(name) {
        if !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(word.chars().flat_map(char::to_lowercase));
    }
    snake
}

/// `in-transit` becomes `InTransit`, `order_placed` becomes `OrderPlaced`, `EUR` becomes `Eur`.
///
/// Characters that are neither letters nor digits only separate words; a name of such characters alone becomes empty.
pub(crate) fn upper_camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for word in words(name) {
        let mut letters = word.chars();
        if let Some(first) = letters.next() {
            camel.extend(first.to_uppercase());
            camel.extend(letters.flat_map(char::to_lowercase));
        }
    }
    camel
}

/// The words of a name: runs of letters and digits, split where lower case or a digit meets upper case, and before the last capital of a
/// run of capitals that goes on in lower case (`HTTPRequest`: `HTTP`, `Request`).
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut letters = name.chars().peekable();
    let mut before: Option<char> = None;
    while let Some(letter) = letters.next() {
        if !letter.is_alphanumeric() {
            before = None;
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let starts = letter.is_uppercase()
            && before.is_some_and(|before| {
                !before.is_uppercase() || letters.peek().is_some_and(|next| next.is_lowercase())
            });
        if starts && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.push(letter);
        before = Some(letter);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}
