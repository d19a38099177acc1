//! What holds for every valid file, however it is laid out: formatting keeps its meaning and its comments in their order, and
//! formatting again changes nothing.
//!
//! Two judges have no part in the formatter: another reader of YAML for the meaning, and marks that are searched in the text for
//! the comments.

use std::fs;
use std::path::{Path, PathBuf};

use urutu_codegen::format;

use crate::{formatted, read, repository};

/// Every file of the repository that can be formatted.
fn files() -> Vec<(PathBuf, String)> {
    let mut folders = vec![repository("schemas"), repository("tests")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)
            .expect("part of the repository")
            .flatten()
        {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml")
                && let Ok(text) = fs::read_to_string(&path)
                && format::text(Path::new("a.yaml"), &text).is_ok()
            {
                found.push((path, text));
            }
        }
    }
    found.sort();
    assert!(found.len() > 60, "only {} files", found.len());
    found
}

/// What another reader of YAML says.
fn meaning(text: &str) -> Option<serde_yaml::Value> {
    serde_yaml::from_str(text).ok()
}

/// The marks of comments (`#m7`), in their order.
fn marks(text: &str) -> Vec<usize> {
    let after = text.match_indices("#m").chain(text.match_indices("# m"));
    let mut places: Vec<(usize, usize)> = after
        .filter_map(|(at, sign)| {
            let digits = text[at + sign.len()..]
                .split(|c: char| !c.is_ascii_digit())
                .next()?;
            Some((at, digits.parse().ok()?))
        })
        .collect();
    places.sort_unstable();
    places.into_iter().map(|(_, mark)| mark).collect()
}

fn holds_for(text: &str) {
    let once = formatted(text);
    assert_eq!(marks(&once), marks(text), "comments of\n{text}\nin\n{once}");
    assert_eq!(formatted(&once), once, "again");
    if let Some(before) = meaning(text) {
        assert_eq!(
            meaning(&once),
            Some(before),
            "the meaning of\n{text}\nand\n{once}"
        );
    }
    assert!(
        once.ends_with('\n') && !once.ends_with("\n\n"),
        "the end of\n{once}"
    );
    assert!(
        !once.contains('\r') && !once.contains('\t'),
        "odd blanks in\n{once}"
    );
}

#[test]
fn every_file_of_the_repository() {
    for (_, text) in files() {
        holds_for(&text);
    }
}

/// Numbers without a pattern, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).map_or(0, |number| number % limit.max(1))
    }

    /// The start of a random line.
    fn line(&mut self, text: &str) -> usize {
        let count = text.lines().count();
        let line = self.below(count + 1);
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        std::iter::once(0)
            .chain(starts)
            .nth(line)
            .unwrap_or(text.len())
    }

    /// Behind a random one of these signs.
    fn behind(&mut self, text: &str, signs: &[char]) -> Option<usize> {
        let places: Vec<usize> = text.match_indices(signs).map(|(at, _)| at + 1).collect();
        let place = self.below(places.len());
        places.get(place).copied()
    }
}

fn insert(text: &str, at: usize, piece: &str) -> String {
    format!("{}{piece}{}", &text[..at], &text[at..])
}

/// Changes the layout at one place. It may become invalid or mean something else.
fn mutate(text: &str, dice: &mut Dice, mark: usize) -> Option<String> {
    let blanks = " ".repeat(dice.below(14));
    let line = dice.line(text);
    Some(match dice.below(11) {
        0 | 1 => insert(text, line, &format!("{blanks}#m{mark}\n")),
        2 | 3 => insert(text, line.saturating_sub(1), &format!(" #m{mark}")),
        4 => insert(text, line, "\n"),
        5 => insert(text, line, &format!("{blanks}\n\n")),
        6 => {
            let at = dice.behind(text, &[',', '{', '['])?;
            insert(text, at, &format!(" #m{mark}\n{blanks}"))
        }
        7 => {
            let at = dice.behind(text, &[',', '{', '[', ' '])?;
            insert(text, at, &format!("\n{blanks}"))
        }
        8 => {
            let at = dice.behind(text, &[':', '-'])?;
            insert(text, at, &blanks)
        }
        9 => {
            // All of it further in.
            let depth = dice.below(3) + 2;
            let lines = text.lines().map(|line| {
                let rest = line.trim_start_matches(' ');
                format!(
                    "{}{rest}\n",
                    " ".repeat((line.len() - rest.len()) / 2 * depth)
                )
            });
            lines.collect()
        }
        _ => text.replace('\n', "\r\n"),
    })
}

#[test]
fn random_layouts_of_every_file() {
    const ROUNDS: usize = 4;
    const CHANGES: usize = 12;
    let (mut tried, mut taken) = (0, 0);
    for (index, (_, original)) in files().into_iter().enumerate() {
        // One that the other reader does not know cannot be judged.
        let Some(expected) = meaning(&original).filter(|_| original.len() < 5_000) else {
            continue;
        };
        for round in 0..ROUNDS {
            let seed = (index * ROUNDS + round + 1) as u64;
            let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let mut text = original.clone();
            for mark in 0..CHANGES {
                tried += 1;
                let Some(changed) = mutate(&text, &mut dice, mark) else {
                    continue;
                };
                // What is no valid layout of the same catalog does not count.
                if meaning(&changed).as_ref() == Some(&expected)
                    && !matches!(
                        format::text(Path::new("a.yaml"), &changed),
                        Err(format::Refusal::Invalid(_))
                    )
                {
                    taken += 1;
                    text = changed;
                }
            }
            holds_for(&text);
        }
    }
    assert!(
        taken * 3 > tried,
        "only {taken} of {tried} changes were valid"
    );
}

#[test]
fn files_are_only_read() {
    for (path, text) in files().into_iter().take(3) {
        let _ = format::catalog(&path);
        assert_eq!(read(&path), text);
    }
}
