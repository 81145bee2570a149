//! Times what the macro does with a folder, in this process and this profile.
//!
//! `phases check FOLDER COUNT` prints the seconds of each of COUNT checks, one to a line.
//! `phases lock FOLDER` writes the folder's lock file.

use std::path::Path;
use std::time::Instant;

use migrations_source::{LOCK_FILE, Lock, check, read};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check", folder, count] => {
            for _ in 0..count.parse().expect("a count") {
                let start = Instant::now();
                let folder = check(Path::new(folder));
                assert!(folder.problems.is_empty(), "{}", folder.problems[0]);
                println!("{}", start.elapsed().as_secs_f64());
            }
        }
        ["lock", folder] => {
            let folder = read(Path::new(folder));
            let lock = Lock::of(&folder).to_string();
            std::fs::write(folder.path.join(LOCK_FILE), lock).expect("a writable folder");
        }
        _ => panic!("usage: phases check FOLDER COUNT | phases lock FOLDER"),
    }
}
