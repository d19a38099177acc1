//! Carries out a plan: creates, then removes, so that no message finds less than before.

use urutu::Bus;
use urutu::tools;

use super::management::Management;
use super::place::Place;
use super::plan::Plan;
use crate::failure::Failure;

/// A plan without conflicts. Creating is AMQP's business, which compares once more; bindings are removed as the management API has
/// listed them, with what is foreign about them.
pub(super) fn apply(plan: &Plan, place: &Place, management: &Management) -> Result<(), Failure> {
    if plan.missing != tools::Topology::default() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::Unable(format!("cannot start a runtime: {error}")))?;
        runtime.block_on(create(plan, place))?;
    }
    for (removed, binding) in plan.surplus.iter().enumerate() {
        management.unbind(binding).map_err(|failure| {
            let (Failure::Findings(text) | Failure::Unable(text)) = failure;
            let of = plan.surplus.len();
            Failure::Unable(format!(
                "what was missing is created and {removed} of {of} bindings are removed, then: {text}"
            ))
        })?;
    }
    Ok(())
}

async fn create(plan: &Plan, place: &Place) -> Result<(), Failure> {
    let builder = Bus::builder(place.url()).connection_name("urutu topology apply");
    let bus = builder
        .connect()
        .await
        .map_err(|error| Failure::unable(&error))?;
    let created = tools::declare(&bus, &plan.missing).await;
    bus.close().await;
    created.map_err(|error| {
        Failure::Unable(format!(
            "not everything could be created (running it again is harmless): {error}"
        ))
    })
}
