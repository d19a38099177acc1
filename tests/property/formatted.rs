//! Random catalogs in random layouts with random comments, formatted: the same code is generated from them, no comment is lost, and
//! formatting again changes nothing.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};
use urutu_codegen::emit::{self, Layout, Options};
use urutu_codegen::format;
use urutu_codegen::output::Files;
use urutu_codegen::prune::Selection;
use urutu_tests::Scratch;

use crate::dice::Dice;
use crate::script::{self, Line};
use crate::{cases, catalogs};

/// How many catalogs are tried.
const CASES: u32 = 96;

/// Something that says nothing to the generator.
#[derive(Debug, Clone)]
enum Addition {
    /// A comment behind what stands on a line.
    Behind(&'static str),
    /// A comment on a line of its own, so far in.
    Above(&'static str, usize),
    Blank,
}

fn addition() -> impl Strategy<Value = Addition> {
    let words = || {
        select(vec![
            "plain",
            "",
            "a: b",
            "{ [ \"",
            "# |",
            "- >-",
            "'",
            "---",
            "é \u{3000}",
        ])
    };
    prop_oneof![
        3 => words().prop_map(Addition::Behind),
        3 => (words(), 0..24_usize).prop_map(|(words, column)| Addition::Above(words, column)),
        1 => Just(Addition::Blank),
    ]
}

/// The text of a file with what is added to it.
fn text(lines: &[Line], additions: &[(Index, Addition)]) -> String {
    let mut text = String::new();
    for at in 0..=lines.len() {
        let line = lines.get(at);
        let is_text = line.is_some_and(|line| line.is_text);
        let follows_text = at > 0 && lines[at - 1].is_text;
        let here = additions
            .iter()
            .enumerate()
            .filter(|(_, (index, _))| index.index(lines.len() + 1) == at && !is_text);
        let mut behind = String::new();
        for (number, (_, addition)) in here {
            match addition {
                Addition::Behind(words) => behind = format!(" #c{number}. {words}"),
                Addition::Above(words, column) => {
                    // Further in, it would belong to the text of a block scalar above it.
                    let most = line.map_or(0, Line::indentation);
                    let column = if follows_text { most } else { *column };
                    text.push_str(&" ".repeat(column));
                    text.extend(["#c", &number.to_string(), ". ", words, "\n"]);
                }
                Addition::Blank => text.push('\n'),
            }
        }
        if let Some(line) = line {
            text.extend([line.text.as_str(), behind.as_str(), "\n"]);
        }
    }
    text
}

/// The numbers of the comments of a text, as they stand in it.
fn comments(text: &str) -> Vec<usize> {
    let signs = text.split('#').skip(1);
    let numbers = signs.filter_map(|rest| rest.trim_start().strip_prefix('c')?.split_once('.'));
    numbers
        .filter_map(|(number, _)| number.parse().ok())
        .collect()
}

fn manifest() -> (String, Value) {
    let defaults = json!({"on_unknown": "ignore", "retry": {"max": "2m", "backoff": "fixed"}, "queue": {"type": "quorum"}});
    let file = json!({"catalog": 1, "name": "random", "defaults": defaults, "lint": {"field-doc": "warn"}});
    ("catalog".to_owned(), file)
}

fn generated(folder: &Path) -> Result<Files, TestCaseError> {
    let catalog = urutu_codegen::load(folder);
    let report = catalog.diagnostics.render(false);
    let model = catalog.model.ok_or_else(|| TestCaseError::fail(report))?;
    let everything = Selection::everything(&model);
    Ok(emit::emit(
        &model,
        &everything,
        &Options::new(Layout::Modules),
    ))
}

fn formatted(text: &str) -> Result<String, TestCaseError> {
    format::text(Path::new("a.yaml"), text).map_err(|refusal| match refusal {
        format::Refusal::Invalid(faults) => {
            TestCaseError::fail(format!("{}\n{text}", faults.render(false)))
        }
        format::Refusal::Unable(reason) => TestCaseError::fail(format!("{reason}\n{text}")),
    })
}

#[test]
fn long_formatting_random_catalogs_changes_nothing_that_counts() {
    let additions = proptest::collection::vec((any::<Index>(), addition()), 0..40);
    let strategy = (any::<u64>(), any::<u64>(), additions, any::<bool>());
    let config = Config {
        cases: cases(CASES),
        failure_persistence: None,
        ..Config::default()
    };
    let outcome =
        TestRunner::new(config).run(&strategy, |(catalog, layout, additions, returns)| {
            let mut dice = Dice::new(layout);
            let (rough, smooth) = (Scratch::new("rough"), Scratch::new("smooth"));
            for (name, file) in [manifest()].into_iter().chain(catalogs::catalog(catalog)) {
                let lines = script::lines(&file, &mut dice);
                let mut before = text(&lines, &additions);
                if returns {
                    before = before.replace('\n', "\r\n");
                }
                let after = formatted(&before)?;
                prop_assert_eq!(formatted(&after)?, after.as_str(), "again");
                let kept = comments(&after);
                prop_assert_eq!(kept, comments(&before), "{}\nbecame\n{}", before, after);
                rough.write(&format!("{name}.yaml"), &before);
                smooth.write(&format!("{name}.yaml"), &after);
            }
            let (rough, smooth) = (generated(rough.path())?, generated(smooth.path())?);
            prop_assert!(rough.keys().eq(smooth.keys()), "other files");
            for (file, code) in rough {
                prop_assert_eq!(smooth.get(&file), Some(&code), "{}", file.display());
            }
            Ok(())
        });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
