//! A type of the program in place of a record without doubles, which cannot be hashed.

#[path = "../../golden/hooks/bus/mod.rs"]
mod bus;

mod changed {
    use serde::{Deserialize, Serialize};
    use urutu::{Checker, Validate};

    #[derive(Clone, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
    pub struct Money {
        pub amount: String,
        pub currency: String,
    }

    impl Validate for Money {
        fn check(&self, _: &mut Checker) {}
    }
}

fn main() {}
