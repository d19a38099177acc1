//! That the goldens are what the generator gives today; `UPDATE=1` writes them. They are compiled by the test `golden`.

mod compare;
mod rules;
