//! Binding keys: which destinations the routing key of a message reaches.
//!
//! The keys of an exchange share one tree of words, so that routing costs the words of the routing
//! key times the branches that still match, however many bindings there are.

use std::collections::HashMap;

/// The bindings of a topic exchange.
///
/// A `*` in a binding key stands for exactly one word, a `#` for any number of them, none included.
#[derive(Debug)]
pub(super) struct TopicTree<T> {
    /// The root stands first; a node is named by its index, and none is ever removed.
    nodes: Vec<Node<T>>,
}

#[derive(Debug)]
struct Node<T> {
    words: HashMap<Box<str>, usize>,
    /// The child after `*`.
    one: Option<usize>,
    /// The child after `#`.
    many: Option<usize>,
    /// Whether this node stands behind a `#`, and so stays reached whatever word comes next.
    repeats: bool,
    /// Where the binding keys lead that end here.
    destinations: Vec<T>,
}

impl<T> Node<T> {
    fn new(repeats: bool) -> Self {
        Self {
            words: HashMap::new(),
            one: None,
            many: None,
            repeats,
            destinations: Vec::new(),
        }
    }
}

impl<T: Copy + PartialEq> TopicTree<T> {
    pub(super) fn new() -> Self {
        Self {
            nodes: vec![Node::new(false)],
        }
    }

    /// Adds a binding. A second one with the same key and destination changes nothing.
    pub(super) fn bind(&mut self, key: &str, destination: T) {
        let mut at = 0;
        for word in words(key) {
            at = self.child(at, word);
        }
        let destinations = &mut self.nodes[at].destinations;
        if !destinations.contains(&destination) {
            destinations.push(destination);
        }
    }

    /// Calls `visit` with the destination of every binding whose key matches. A destination that is
    /// bound by several such keys comes several times.
    pub(super) fn matches(&self, routing_key: &str, mut visit: impl FnMut(T)) {
        let mut reached = Vec::new();
        let mut next = Vec::new();
        self.reach(&mut reached, 0);
        for word in words(routing_key) {
            for &at in &reached {
                let node = &self.nodes[at];
                if node.repeats {
                    self.reach(&mut next, at);
                }
                for child in [node.words.get(word).copied(), node.one]
                    .into_iter()
                    .flatten()
                {
                    self.reach(&mut next, child);
                }
            }
            std::mem::swap(&mut reached, &mut next);
            next.clear();
        }
        for at in reached {
            self.nodes[at]
                .destinations
                .iter()
                .copied()
                .for_each(&mut visit);
        }
    }

    /// Adds a node, and the node behind each `#` that follows it, since a `#` may stand for no word.
    fn reach(&self, reached: &mut Vec<usize>, node: usize) {
        let mut next = Some(node);
        while let Some(at) = next.filter(|at| !reached.contains(at)) {
            reached.push(at);
            next = self.nodes[at].many;
        }
    }

    fn child(&mut self, parent: usize, word: &str) -> usize {
        let new = self.nodes.len();
        let node = &mut self.nodes[parent];
        let child = match word {
            "*" => *node.one.get_or_insert(new),
            "#" => *node.many.get_or_insert(new),
            _ => *node.words.entry(word.into()).or_insert(new),
        };
        if child == new {
            self.nodes.push(Node::new(word == "#"));
        }
        child
    }
}

/// The words of a key. The empty key has none, as on RabbitMQ.
fn words(key: &str) -> impl Iterator<Item = &str> {
    (!key.is_empty())
        .then(|| key.split('.'))
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::{TopicTree, words};

    /// What the AMQP specification says, word for word.
    fn matches_by_definition(key: &[&str], routing_key: &[&str]) -> bool {
        match (key, routing_key) {
            ([], []) => true,
            (["#", rest @ ..], _) => {
                (0..=routing_key.len()).any(|n| matches_by_definition(rest, &routing_key[n..]))
            }
            (["*", key @ ..], [_, rest @ ..]) => matches_by_definition(key, rest),
            ([word, key @ ..], [other, rest @ ..]) if word == other => {
                matches_by_definition(key, rest)
            }
            _ => false,
        }
    }

    /// Every key of up to `length` words.
    fn keys(alphabet: &[&'static str], length: usize) -> Vec<String> {
        let mut all = vec![Vec::new()];
        let mut longest = all.clone();
        for _ in 0..length {
            longest = longest
                .iter()
                .flat_map(|key| {
                    alphabet
                        .iter()
                        .map(move |word| [key.as_slice(), &[*word]].concat())
                })
                .collect();
            all.extend(longest.clone());
        }
        all.into_iter().map(|key| key.join(".")).collect()
    }

    #[test]
    fn a_tree_of_all_short_keys_matches_what_the_definition_says() {
        let binding_keys = keys(&["a", "b", "*", "#"], 4);
        let mut tree = TopicTree::new();
        for (index, key) in binding_keys.iter().enumerate() {
            tree.bind(key, index);
        }
        for routing_key in keys(&["a", "b", "c"], 5)
            .into_iter()
            .chain(["a.".into(), ".".into()])
        {
            let mut found = Vec::new();
            tree.matches(&routing_key, |index| found.push(index));
            found.sort_unstable();
            let routed: Vec<_> = words(&routing_key).collect();
            let expected: Vec<_> = (0..binding_keys.len())
                .filter(|&index| {
                    let key: Vec<_> = words(&binding_keys[index]).collect();
                    matches_by_definition(&key, &routed)
                })
                .collect();
            assert_eq!(found, expected, "routing key `{routing_key}`");
        }
    }

    #[test]
    fn the_same_binding_twice_is_one() {
        let mut tree = TopicTree::new();
        tree.bind("orders.*", 'q');
        tree.bind("orders.*", 'q');
        tree.bind("orders.*", 'r');
        let mut found = Vec::new();
        tree.matches("orders.placed", |queue| found.push(queue));
        assert_eq!(found, ['q', 'r']);
    }

    #[test]
    fn many_wildcards_in_a_row_stay_cheap() {
        let mut tree = TopicTree::new();
        tree.bind(&["#"; 60].join("."), ());
        tree.bind(&format!("{}.end", ["#.a"; 60].join(".")), ());
        let mut found = 0;
        tree.matches(&["a"; 120].join("."), |()| found += 1);
        assert_eq!(found, 1);
    }
}
