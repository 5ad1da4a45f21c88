//! Rebuilds the program when a migration is added: the macro that embeds them does not notice on its own.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
