//! refinery with its `postgres` driver.

use std::io;

use postgres::{Client, NoTls};
use stage::{Contestant, Outcome, perform};

macro_rules! set {
    ($name:ident, $folder:literal) => {
        mod $name {
            refinery::embed_migrations!($folder);
        }
    };
}

set!(n10, "../../sql/refinery/10");
set!(n20, "../../sql/refinery/20");
set!(n100, "../../sql/refinery/100");
set!(n1000, "../../sql/refinery/1000");
set!(large, "../../sql/refinery/large");
set!(wrong, "../../sql/refinery/wrong");
set!(slow, "../../sql/refinery/slow");

struct Refinery(Client);

impl Contestant for Refinery {
    fn connect(url: &str) -> Outcome<Self> {
        Ok(Self(Client::connect(url, NoTls)?))
    }

    fn run(&mut self, set: &str) -> Outcome {
        let runner = match set {
            "10" => n10::migrations::runner(),
            "20" => n20::migrations::runner(),
            "100" => n100::migrations::runner(),
            "1000" => n1000::migrations::runner(),
            "large" => large::migrations::runner(),
            "wrong" => wrong::migrations::runner(),
            "slow" => slow::migrations::runner(),
            _ => return Err("no such set".into()),
        };
        runner.run(&mut self.0)?;
        Ok(())
    }
}

fn main() -> io::Result<()> {
    perform::<Refinery>()
}
