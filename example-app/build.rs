//! A file that is added to the folder of migrations makes cargo compile them again.
fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
