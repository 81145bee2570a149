use std::ffi::OsString;
use std::path::PathBuf;

const USAGE: &str = "corpus [--list N] DIR…";

/// What the command line asks for.
pub(crate) struct Arguments {
    pub(crate) directories: Vec<PathBuf>,
    /// How many differences are written out.
    pub(crate) list: usize,
}

impl Arguments {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut parsed = Self { directories: Vec::new(), list: 50 };
        while let Some(argument) = arguments.next() {
            if argument == "--list" {
                parsed.list = number(arguments.next())?;
            } else if argument.to_string_lossy().starts_with('-') {
                return Err(format!("no option `{}`: {USAGE}", argument.display()));
            } else {
                parsed.directories.push(argument.into());
            }
        }
        if parsed.directories.is_empty() {
            return Err(format!("no directory of SQL files is named: {USAGE}"));
        }
        Ok(parsed)
    }
}

fn number(argument: Option<OsString>) -> Result<usize, String> {
    let text = argument.unwrap_or_default();
    let number = text.to_str().and_then(|text| text.parse().ok());
    number.ok_or_else(|| format!("`--list` needs a number behind it: {USAGE}"))
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    #[test]
    fn reads_directories_and_the_length_of_the_list() {
        let arguments = parse(&["a", "--list", "7", "b"]).ok().unwrap();
        assert_eq!(arguments.directories, ["a", "b"].map(std::path::PathBuf::from));
        assert_eq!(arguments.list, 7);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for arguments in [&[][..], &["--lists"], &["--list"], &["--list", "x", "a"]] {
            assert!(parse(arguments).is_err(), "{arguments:?}");
        }
    }

    fn parse(arguments: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(arguments.iter().map(Into::into))
    }
}
