//! Counts instructions with callgrind: they do not depend on what else the machine does.
//!
//! - `counted check` compares them with recorded ones, and fails where they are many more.
//! - `counted profile no-op|expand` prints as JSON where they go.
//! - `counted do no-op|expand TIMES` does it, for callgrind to count.

mod callgrind;
mod check;
mod profile;
mod work;

// The macro's own modules: a macro cannot be called but by the compiler.
#[path = "../../../migrations-macro/src/expand.rs"]
mod expand;
#[path = "../../../migrations-macro/src/input.rs"]
#[expect(dead_code, reason = "only the compiler has spans")]
mod input;
#[path = "../../../migrations-macro/src/load.rs"]
mod load;

use std::error::Error;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check"] => check::check(),
        ["profile", what] => profile::print(what),
        ["do", what, times] => work::work(what, times.parse()?),
        _ => Err("usage: counted check | profile WHAT | do WHAT TIMES".into()),
    }
}
