//! BENCHMARKS.md and its pictures, from the samples that are there.

mod aims;
mod figures;
mod picture;
mod results;
mod sections;

use std::fs;

use crate::Result;
use crate::programs::benches;
use crate::report::picture::Picture;
use crate::report::results::Results;

/// What is the same in each report, before and after what is measured.
const INTRODUCTION: &str = include_str!("report/introduction.md");
const END: &str = include_str!("report/end.md");

pub(crate) fn write() -> Result {
    let results = Results::load()?;
    let sections = sections::all(&results);
    let mut text = INTRODUCTION.to_string();
    text += &results.conditions();
    text += &aims::table(&results);
    let pictures = benches().join("pictures");
    fs::create_dir_all(&pictures)?;
    for section in sections {
        text += &format!("\n## {}\n\n{}\n", section.title, section.text);
        if let Some(picture) = section.picture {
            fs::write(pictures.join(format!("{}.svg", picture.name)), picture.svg())?;
            let Picture { name, description, .. } = &picture;
            text += &format!("\n![{description}](benches/pictures/{name}.svg)\n");
        }
    }
    text += END;
    Ok(fs::write(benches().join("../BENCHMARKS.md"), text)?)
}
