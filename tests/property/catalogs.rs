//! A random valid catalog.
//!
//! Types refer to any type where a value may end (optional fields, lists, maps), and otherwise only to types that were declared before them, so
//! that every type is finite and no alias leads back to itself.

use serde_json::{Map, Value, json};

use crate::dice::Dice;
use crate::words::{DOCS, Names};

/// The files of a catalog, by namespace.
pub(crate) fn catalog(seed: u64) -> Vec<(String, Value)> {
    let mut dice = Dice::new(seed);
    let mut plan = Plan::new(&mut dice);
    let types: Vec<Value> = (0..plan.types.len())
        .map(|index| plan.declaration(&mut dice, index))
        .collect();
    let mut namespaces = plan.namespaces.clone();
    namespaces.sort();
    let mut files: Vec<(String, Value)> = namespaces
        .iter()
        .map(|namespace| {
            let file = json!({"catalog": 1, "namespace": namespace, "exchange": "x",
                "types": {}, "messages": {}, "services": {}});
            (namespace.clone(), file)
        })
        .collect();
    for (declared, value) in plan.types.iter().zip(types) {
        let file = files
            .iter_mut()
            .find(|(name, _)| *name == declared.namespace);
        file.expect("its namespace is one of them").1["types"][&declared.name] = value;
    }
    let mut messages = Vec::new();
    for (index, (namespace, file)) in files.iter_mut().enumerate() {
        for number in 0..dice.between(1, 3) {
            let scope = plan.scopes.iter_mut().find(|(name, _)| name == namespace);
            let name = scope
                .expect("its namespace is one of them")
                .1
                .camel(&mut dice);
            let topic = format!("t{index}.m{number}");
            let is_task = dice.once_in(3);
            file["messages"][&name] = plan.message(&mut dice, namespace, &topic, is_task);
            messages.push((format!("{namespace}.{name}"), is_task));
        }
    }
    let (_, last) = files.last_mut().expect("there is a namespace");
    for (index, name) in ["billing", "mail-out"].iter().enumerate() {
        let handled = messages.iter().enumerate();
        let handled = handled.filter(|(number, (_, is_task))| !is_task || number % 2 == index);
        let handled: Vec<String> = handled.map(|(_, (name, _))| name.clone()).collect();
        let published: Vec<&String> = messages.iter().map(|(name, _)| name).collect();
        last["services"][name] = service(&mut dice, &handled, &published);
    }
    files
}

fn service(dice: &mut Dice, handled: &[String], published: &[&String]) -> Value {
    let mut handlers = Map::new();
    for name in handled {
        let mut settings = Map::new();
        if dice.once_in(2) {
            settings.insert("ack".into(), json!(dice.one_of(&["auto", "manual"])));
        }
        if dice.once_in(3) {
            settings.insert("timeout".into(), json!("1m30s"));
            settings.insert("concurrency".into(), json!(3));
        }
        match dice.below(4) {
            0 => settings.insert("retry".into(), json!({"attempts": 3, "initial": "250ms"})),
            1 => settings.insert("on_error".into(), json!("requeue")),
            2 => settings.insert("on_error".into(), json!("dead_letter")),
            _ => None,
        };
        if dice.once_in(4) {
            let failed = [json!("kept.failed"), json!({"queue": "kept.lost"})];
            settings.insert("dead_letter".into(), dice.one_of(&failed).clone());
        }
        handlers.insert(name.clone(), Value::Object(settings));
    }
    json!({"publishes": published, "handles": handlers, "doc": dice.one_of(&DOCS)})
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Record,
    Enum,
    Union,
    Alias,
}

struct Declared {
    namespace: String,
    name: String,
    form: Form,
    /// The names on the wire, of a record.
    wire: Vec<String>,
    /// The values, of an enum.
    values: Vec<String>,
}

struct Plan {
    namespaces: Vec<String>,
    scopes: Vec<(String, Names)>,
    types: Vec<Declared>,
}

impl Plan {
    fn new(dice: &mut Dice) -> Self {
        let mut names = Names::default();
        let namespaces: Vec<String> = (0..dice.between(1, 3))
            .map(|_| names.namespace(dice))
            .collect();
        let scopes = namespaces
            .iter()
            .map(|name| (name.clone(), Names::default()));
        let mut scopes: Vec<_> = scopes.collect();
        let mut types = Vec::new();
        for index in 0..dice.between(4, 9) {
            let at = dice.below(scopes.len());
            let (namespace, scope) = &mut scopes[at];
            let forms = [
                Form::Record,
                Form::Record,
                Form::Enum,
                Form::Union,
                Form::Alias,
            ];
            types.push(Declared {
                namespace: namespace.clone(),
                name: scope.camel(dice),
                // Unions need a record before them.
                form: if index == 0 {
                    Form::Record
                } else {
                    *dice.one_of(&forms)
                },
                wire: Vec::new(),
                values: Vec::new(),
            });
        }
        Self {
            namespaces,
            scopes,
            types,
        }
    }

    fn declaration(&mut self, dice: &mut Dice, index: usize) -> Value {
        let namespace = self.types[index].namespace.clone();
        let mut value = match self.types[index].form {
            Form::Record => {
                let (fields, wire) = self.fields(dice, &namespace, index);
                self.types[index].wire = wire;
                json!({"record": fields})
            }
            Form::Enum => {
                let mut names = Names::default();
                let values: Vec<String> =
                    (0..dice.between(1, 5)).map(|_| names.text(dice)).collect();
                let written = values.iter().map(|value| {
                    if dice.once_in(3) {
                        json!({"value": value, "doc": dice.one_of(&DOCS)})
                    } else {
                        json!(value)
                    }
                });
                let written: Vec<Value> = written.collect();
                self.types[index].values = values;
                json!({"enum": written, "open": dice.once_in(2)})
            }
            Form::Union => self.union(dice, &namespace, index),
            Form::Alias => self.alias(dice, &namespace, index),
        };
        if dice.once_in(3) {
            value["doc"] = json!(dice.one_of(&DOCS));
        }
        if dice.once_in(6) {
            value["deprecated"] = json!({"use": "something", "note": dice.one_of(&DOCS)});
        }
        value
    }

    fn union(&self, dice: &mut Dice, namespace: &str, index: usize) -> Value {
        let mut names = Names::default();
        let mut variants = Map::new();
        let mut taken: Vec<&String> = Vec::new();
        for _ in 0..dice.between(1, 4) {
            let records: Vec<&Declared> = self.types[..index]
                .iter()
                .filter(|declared| declared.form == Form::Record)
                .collect();
            let record = *dice.one_of(&records);
            taken.extend(&record.wire);
            variants.insert(names.text(dice), json!(reference(namespace, record)));
        }
        let tags = ["kind", "type", "@type", "the tag", "tag_of_union"];
        let tag = loop {
            let tag = *dice.one_of(&tags);
            if !taken.iter().any(|name| *name == tag) {
                break tag;
            }
        };
        json!({"union": {"tag": tag, "variants": variants}, "open": dice.once_in(2)})
    }

    fn alias(&self, dice: &mut Dice, namespace: &str, index: usize) -> Value {
        if dice.once_in(2) {
            let (ty, constraints) = constrained(dice);
            let mut value = json!(constraints);
            value["type"] = json!(ty);
            return value;
        }
        json!({"type": self.type_expression(dice, namespace, index)})
    }

    /// A type that is finite by itself: of those before `index`, or built in.
    fn type_expression(&self, dice: &mut Dice, namespace: &str, index: usize) -> String {
        let inner = if index > 0 && dice.once_in(2) {
            reference(namespace, dice.one_of(&self.types[..index]))
        } else {
            (*dice.one_of(&SCALARS)).to_owned()
        };
        match dice.below(6) {
            0 => format!("list<{inner}>"),
            1 => format!("map<{inner}>"),
            2 => format!("list<map<{inner}>>"),
            _ => inner,
        }
    }

    fn message(&self, dice: &mut Dice, namespace: &str, topic: &str, is_task: bool) -> Value {
        let (fields, _) = self.fields(dice, namespace, self.types.len());
        let kind = if is_task { "task" } else { "event" };
        let mut message = json!({"kind": kind, "topic": topic, "fields": fields,
            "reserved": ["gone", "long_gone"], "doc": dice.one_of(&DOCS)});
        if dice.once_in(3) {
            message["delivery"] = json!({"priority": dice.below(256), "ttl": "1d12h"});
        }
        if dice.once_in(6) {
            message["deprecated"] = json!("nobody reads it");
        }
        message
    }

    /// Fields, and all their names on the wire.
    fn fields(&self, dice: &mut Dice, namespace: &str, index: usize) -> (Value, Vec<String>) {
        let mut names = Names::default();
        let mut wires = Names::default();
        let mut fields = Map::new();
        let mut taken = Vec::new();
        for _ in 0..dice.between(0, 6) {
            let name = names.snake(dice);
            let mut field = self.field(dice, namespace, index);
            let mut wire = name.clone();
            if let Value::Object(settings) = &mut field
                && dice.once_in(3)
            {
                wire = format!("{}!", wires.text(dice));
                settings.insert("wire".into(), json!(wire));
                let old = format!("{}?", wires.text(dice));
                settings.insert("accepts".into(), json!([old]));
                taken.push(old);
            }
            taken.push(wire);
            fields.insert(name, field);
        }
        (Value::Object(fields), taken)
    }

    fn field(&self, dice: &mut Dice, namespace: &str, index: usize) -> Value {
        let mut field = match dice.below(8) {
            0 => json!(self.type_expression(dice, namespace, index)),
            1 => json!(format!(
                "{}?",
                reference(namespace, dice.one_of(&self.types))
            )),
            2 => {
                let any = reference(namespace, dice.one_of(&self.types));
                json!({"type": any, "optional": true, "nullable": dice.once_in(2)})
            }
            3 => {
                let any = reference(namespace, dice.one_of(&self.types));
                let container = dice.one_of(&["list", "map"]);
                json!({"type": format!("{container}<{any}>"), "max": 100})
            }
            4 => {
                let (ty, constraints) = constrained(dice);
                let mut field = json!(constraints);
                field["type"] = json!(ty);
                field["nullable"] = json!(dice.once_in(3));
                field
            }
            5 => self.defaulted(dice, namespace, index),
            6 => {
                let ty = self.type_expression(dice, namespace, index);
                json!({"type": ty, "nullable": true})
            }
            _ => {
                let ty = self.type_expression(dice, namespace, index);
                json!({"type": ty, "sensitive": dice.once_in(2), "optional": dice.once_in(2)})
            }
        };
        if field.is_object() && dice.once_in(3) {
            field["doc"] = json!(dice.one_of(&DOCS));
        }
        if field.is_object() && dice.once_in(8) {
            field["deprecated"] = json!(dice.one_of(&DOCS));
        }
        field
    }

    fn defaulted(&self, dice: &mut Dice, namespace: &str, index: usize) -> Value {
        let enums = self.types[..index].iter();
        let enums: Vec<&Declared> = enums.filter(|d| d.form == Form::Enum).collect();
        if !enums.is_empty() && dice.once_in(3) {
            let declared = *dice.one_of(&enums);
            let value = dice.one_of(&declared.values);
            return json!({"type": reference(namespace, declared), "default": value});
        }
        let all = [
            ("string", json!("a \"text\"\n")),
            ("bool", json!(true)),
            ("i32", json!(i32::MIN)),
            ("i64", json!(i64::MAX)),
            ("u32", json!(7)),
            ("u64", json!(u64::MAX)),
            ("f64", json!(-0.5)),
            ("decimal", json!("-12.50")),
            ("uuid", json!("0197f0c2-0000-7000-8000-000000000001")),
            ("timestamp", json!("2026-11-23T10:00:00.5+02:00")),
            ("date", json!("2024-02-29")),
            ("duration", json!("-PT1H0.5S")),
            ("bytes", json!("aGVsbG8=")),
            ("list<string>", json!([])),
            ("map<list<uuid>>", json!({})),
            ("json", json!({})),
        ];
        let (ty, default) = dice.one_of(&all);
        if dice.once_in(4) {
            return json!({"type": ty, "nullable": true, "default": null});
        }
        json!({"type": ty, "default": default})
    }
}

const SCALARS: [&str; 14] = [
    "string",
    "bool",
    "i32",
    "i64",
    "u32",
    "u64",
    "f64",
    "decimal",
    "uuid",
    "timestamp",
    "date",
    "duration",
    "bytes",
    "json",
];

/// A type with constraints that fit it.
fn constrained(dice: &mut Dice) -> (&'static str, Value) {
    let all = [
        (
            "string",
            json!({"min": 1, "max": 64, "pattern": r"^[\w -]+$"}),
        ),
        ("string", json!({"length": 2})),
        ("i32", json!({"min": -5, "max": i32::MAX})),
        ("u64", json!({"max": u64::MAX})),
        ("u64", json!({"encoding": "string", "min": 5})),
        ("i64", json!({"encoding": "string"})),
        ("f64", json!({"min": 0.5})),
        ("decimal", json!({"min": "0", "max": "99.95"})),
        ("bytes", json!({"max": 16})),
        ("list<f64>", json!({"unique": true})),
        ("list<uuid>", json!({"min": 1, "unique": true})),
        ("map<decimal>", json!({"min": 1, "max": 3})),
    ];
    dice.one_of(&all).clone()
}

/// A type as another place names it: in full, or shortly in its own namespace.
fn reference(from: &str, declared: &Declared) -> String {
    if from == declared.namespace {
        declared.name.clone()
    } else {
        format!("{}.{}", declared.namespace, declared.name)
    }
}
