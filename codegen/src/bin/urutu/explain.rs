//! `urutu explain`

use urutu_codegen::Code;

use crate::failure::Failure;
use crate::terminal;

/// The options of `explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The code of a rule, such as `U0203`, or the name of a lint, such as `field-doc`; without one, all are listed.
    rule: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Some(rule) = &arguments.rule else {
        let lines: String = Code::ALL.iter().map(|code| line(*code)).collect();
        terminal::print(&lines);
        return Ok(());
    };
    let found = Code::ALL.iter().find(|code| {
        code.as_str().eq_ignore_ascii_case(rule) || code.lint() == Some(rule.as_str())
    });
    let code = found.ok_or_else(|| {
        Failure::Unable(format!(
            "there is no rule `{rule}`; `urutu explain` lists all of them"
        ))
    })?;
    terminal::print(code.page());
    if let Some(name) = code.lint() {
        let level = code.default_level();
        terminal::print(&format!(
            "\nThis is the lint `{name}`, by default `{level}`. The manifest sets another level, `lint: {{{name}: error}}`, and a \
             declaration\nsuppresses it with a reason, `allow: {{{name}: \"why\"}}`.\n"
        ));
    }
    Ok(())
}

/// `U0603  a field has no documentation (field-doc: allow)`
fn line(code: Code) -> String {
    let lint = code.lint().map(|name| (name, code.default_level()));
    let lint = lint.map(|(name, level)| format!(" ({name}: {level})"));
    format!("{code}  {}{}\n", code.title(), lint.unwrap_or_default())
}
