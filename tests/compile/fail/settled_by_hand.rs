//! Nobody but a delivery makes a `Settled`.

fn main() {
    let _ = urutu::Settled(());
}
