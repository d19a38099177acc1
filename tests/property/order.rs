//! Whatever the order of files and keys, the same bytes come out, as long as the order is not part of the meaning.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_yaml::{Mapping, Value};
use urutu_codegen::emit::{self, Layout, Options};
use urutu_codegen::prune::Selection;
use urutu_codegen::render::payload;
use urutu_tests::Scratch;

use crate::dice::Dice;
use crate::{cases, catalogs};

/// Keys under which the order of keys means something: that of fields and variants, and of what examples show.
const ORDERED: [&str; 5] = ["fields", "record", "variants", "examples", "default"];

/// What a file declares, by name.
const DECLARATIONS: [&str; 3] = ["types", "messages", "services"];

/// Everything that is made of the catalog in a folder.
fn output(folder: &Path) -> BTreeMap<PathBuf, String> {
    let catalog = urutu_codegen::load(folder);
    let report = catalog.diagnostics.render(false);
    let Some(model) = catalog.model else {
        panic!("the catalog has errors:\n{report}");
    };
    let everything = Selection::everything(&model);
    let mut files = emit::emit(&model, &everything, &Options::new(Layout::Modules));
    files.extend(emit::emit(
        &model,
        &everything,
        &Options::new(Layout::OutDir),
    ));
    let schemas = payload::schemas(&model).into_iter();
    files.extend(schemas.map(|(id, schema)| (PathBuf::from(format!("{id}.json")), schema)));
    files
}

fn shuffle<T>(dice: &mut Dice, items: &mut [T]) {
    for end in (1..items.len()).rev() {
        items.swap(end, dice.below(end + 1));
    }
}

/// The keys of a value in another order, and the owners of a namespace.
fn shuffled(dice: &mut Dice, value: Value, is_ordered: bool) -> Value {
    match value {
        Value::Mapping(mapping) => {
            let mut entries: Vec<(Value, Value)> = mapping.into_iter().collect();
            if !is_ordered {
                shuffle(dice, &mut entries);
            }
            let entries = entries.into_iter().map(|(key, value)| {
                let word = key.as_str().unwrap_or_default();
                // Under an ordered key stand names, which may be any words.
                let value = match (word, value) {
                    ("examples" | "default", value) if !is_ordered => value,
                    ("owners", Value::Sequence(mut owners)) => {
                        shuffle(dice, &mut owners);
                        Value::Sequence(owners)
                    }
                    (_, value) => shuffled(dice, value, !is_ordered && ORDERED.contains(&word)),
                };
                (key, value)
            });
            Value::Mapping(entries.collect())
        }
        Value::Sequence(items) => {
            let items = items.into_iter().map(|item| shuffled(dice, item, false));
            Value::Sequence(items.collect())
        }
        other => other,
    }
}

/// The same declarations in other files: each in one of up to so many for its namespace and whatever else it shares.
fn dealt(dice: &mut Dice, files: &[Value], most: usize) -> Vec<Value> {
    let mut dealt: Vec<Value> = Vec::new();
    for file in files {
        let file = file.as_mapping().expect("a contract is a mapping");
        let is_declaration = |key: &Value| key.as_str().is_some_and(|k| DECLARATIONS.contains(&k));
        let head = file.iter().filter(|(key, _)| !is_declaration(key));
        let head: Mapping = head
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let first = dealt.len();
        let count = dice.between(1, most);
        dealt.extend(std::iter::repeat_n(Value::Mapping(head), count));
        for (key, declared) in file.iter().filter(|(key, _)| is_declaration(key)) {
            for (name, declaration) in declared.as_mapping().into_iter().flatten() {
                let part = &mut dealt[first + dice.below(count)];
                let part = part.as_mapping_mut().expect("it was made of one");
                let place = part
                    .entry(key.clone())
                    .or_insert_with(|| Value::Mapping(Mapping::new()));
                let place = place.as_mapping_mut().expect("it was made of one");
                place.insert(name.clone(), declaration.clone());
            }
        }
    }
    dealt
}

/// Writes the files under other names and in other folders.
fn written(dice: &mut Dice, folder: &Scratch, name: &str, files: &[Value]) -> PathBuf {
    folder.write(
        &format!("{name}/catalog.yaml"),
        "catalog: 1\nname: ordered\n",
    );
    for (number, file) in files.iter().enumerate() {
        let text = serde_yaml::to_string(file).expect("it is plain data");
        let inner = ["", "a/", "z/y/", "M/"][dice.below(4)];
        let file = format!("{name}/{inner}{}-{number}.yaml", dice.below(1000));
        folder.write(&file, text);
    }
    folder.path().join(name)
}

/// That the catalog of these files does not change with their order.
fn holds(seed: u64, what: &str, files: &[Value]) {
    let folder = Scratch::new(&format!("order-{what}"));
    let mut dice = Dice::new(seed);
    let expected = output(&written(&mut dice, &folder, "as-it-is", files));
    for (number, most) in [1, 2, 9].into_iter().enumerate() {
        let parts = dealt(&mut dice, files, most);
        let parts = parts
            .into_iter()
            .map(|part| shuffled(&mut dice, part, false));
        let parts: Vec<Value> = parts.collect();
        let found = output(&written(&mut dice, &folder, &number.to_string(), &parts));
        let paths = |files: &BTreeMap<PathBuf, String>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&found), paths(&expected), "{what}");
        for (path, text) in &expected {
            let other = &found[path];
            let difference = text.lines().zip(other.lines()).find(|(a, b)| a != b);
            assert_eq!(other, text, "{what}: {}: {difference:?}", path.display());
        }
    }
}

#[test]
fn the_order_of_random_catalogs_does_not_matter() {
    for seed in 0..u64::from(cases(20)) {
        let files: Vec<Value> = catalogs::catalog(seed)
            .into_iter()
            .map(|(_, file)| serde_yaml::to_value(file).expect("it is plain data"))
            .collect();
        holds(seed, &seed.to_string(), &files);
    }
}

#[test]
fn the_order_of_golden_catalogs_does_not_matter() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let entries = fs::read_dir(golden).expect("the folder of the golden tests");
    let mut count = 0;
    for entry in entries {
        let folder = entry.expect("an entry of that folder").path();
        let mut files = Vec::new();
        collect(&folder, &mut files);
        if !files.is_empty() {
            let name = folder.file_name().expect("it has a name").to_string_lossy();
            holds(count, &name, &files);
            count += 1;
        }
    }
    assert!(count >= 10, "{count}");
}

/// The contracts in a folder.
fn collect(folder: &Path, files: &mut Vec<Value>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("an entry of that folder").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            let text = fs::read_to_string(&path).expect("a contract");
            files.push(serde_yaml::from_str(&text).expect("it is YAML"));
        }
    }
}
