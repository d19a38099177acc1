//! A type of the program in place of a record: whoever forgets `Validate` reads what is needed, and by whom.

#[path = "../../golden/hooks/bus/mod.rs"]
mod bus;

mod changed {
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Hash, Serialize, Deserialize)]
    pub struct Money {
        pub amount: String,
        pub currency: String,
    }
}

fn main() {}
