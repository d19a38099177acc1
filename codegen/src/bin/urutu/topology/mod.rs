//! `urutu topology`: what a catalog needs on a broker, compared with what is there.

mod apply;
mod found;
mod management;
mod place;
mod plan;
mod report;
mod rights;
#[cfg(feature = "tls")]
mod secured;
mod wanted;

use std::path::PathBuf;

use urutu_codegen::prune::Selection;

use self::management::Management;
use self::place::Place;
use self::plan::Plan;
use self::report::Report;
use crate::check;
use crate::failure::Failure;
use crate::format::Format;
use crate::terminal;

/// The commands of `topology`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Shows what differs: to be created (+), otherwise on the broker (~), bindings that must go (-), queues that no service has (?).
    Plan(Options),
    /// Creates what is missing, then removes the bindings that must go. Does nothing where something exists otherwise.
    Apply {
        #[command(flatten)]
        options: Options,
        /// Only shows what it would do.
        #[arg(long)]
        dry_run: bool,
    },
    /// Fails when anything differs, for continuous integration.
    Verify(Options),
    /// Prints the command that gives a user of the broker the rights of a service, and no more. Asks no broker.
    Rights(rights::Arguments),
}

/// What is compared with what.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The catalog: a folder or a file.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// The broker: `amqp://user:password@host:5672/vhost` (`%2f` is the default vhost); the nodes of a cluster with commas between them.
    #[arg(long, env = "BROKER_URL", value_name = "URL", hide_env_values = true)]
    broker_url: String,
    /// Its management API; by default on the host of the broker URL (of a cluster: on any that answers) at port 15672, with its user and password.
    #[arg(
        long,
        env = "MANAGEMENT_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    management_url: Option<String>,
    /// Only what this service needs; may be given several times.
    #[arg(long, value_name = "NAME")]
    service: Vec<String>,
    /// Also what `publish_after` and `publish_at` of each message need.
    #[arg(long)]
    later: bool,
    /// How the result is shown.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Shape::Text)]
    format: Shape,
}

/// How the result is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Shape {
    /// Lines for people.
    Text,
    /// One JSON object.
    Json,
}

pub(crate) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Plan(options)
        | Command::Apply {
            options,
            dry_run: true,
        } => {
            let comparison = Comparison::of(options)?;
            comparison.show(false);
            comparison.may_be_applied()
        }
        Command::Apply { options, .. } => {
            let comparison = Comparison::of(options)?;
            if let Err(refused) = comparison.may_be_applied() {
                comparison.show(false);
                return Err(refused);
            }
            let Comparison {
                plan,
                place,
                management,
                ..
            } = &comparison;
            apply::apply(plan, place, management)?;
            comparison.show(true);
            Ok(())
        }
        Command::Rights(arguments) => rights::run(arguments),
        Command::Verify(options) => {
            let comparison = Comparison::of(options)?;
            comparison.show(false);
            comparison.agrees()
        }
    }
}

/// What the catalog wants beside what the broker has.
struct Comparison<'a> {
    options: &'a Options,
    place: Place,
    management: Management,
    plan: Plan,
}

impl<'a> Comparison<'a> {
    fn of(options: &'a Options) -> Result<Self, Failure> {
        let place = Place::of(&options.broker_url, options.management_url.as_deref())?;
        let model = check::load(&options.path, Format::Text)?;
        let selection = if options.service.is_empty() {
            Selection::everything(&model)
        } else {
            Selection::of_services(&model, &options.service).map_err(|e| Failure::unable(&e))?
        };
        let wanted = wanted::topology(&model, &selection, options.later);
        let management = Management::new(&place)?;
        let found = management.found()?;
        let plan = Plan::new(wanted, &found, &wanted::queues(&model));
        Ok(Self {
            options,
            place,
            management,
            plan,
        })
    }

    fn show(&self, applied: bool) {
        let report = Report {
            broker: self.place.broker(),
            plan: &self.plan,
            applied,
        };
        terminal::print(&match self.options.format {
            Shape::Text => report.text(),
            Shape::Json => report.json(),
        });
    }

    /// Nothing that exists can be changed in place.
    fn may_be_applied(&self) -> Result<(), Failure> {
        if self.plan.conflicts.is_empty() {
            return Ok(());
        }
        Err(self.finding(
            "nothing was done: what exists with other properties (~) cannot be changed in place",
        ))
    }

    fn agrees(&self) -> Result<(), Failure> {
        if self.plan.is_empty() {
            return Ok(());
        }
        Err(self.finding(
            "the broker is not as the catalog wants it; `urutu topology apply` creates what is missing (+) and removes bindings (-)",
        ))
    }

    fn finding(&self, text: &str) -> Failure {
        // Machines have read it already.
        Failure::Findings(match self.options.format {
            Shape::Text => text.to_owned(),
            Shape::Json => String::new(),
        })
    }
}
