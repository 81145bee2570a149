use super::Rule;
use crate::finding::Finding;
use crate::pattern::begins;
use crate::script::Script;
use crate::statements::Statement;

/// Refuses to switch `standard_conforming_strings` off.
///
/// The server reads the strings of a whole message before it runs the first statement, so that the
/// setting would count in the next file, and there is none: each begins with the session's own.
pub(super) fn check(script: &Script<'_>) -> Vec<Finding> {
    let switched = script.statements.iter().filter(|statement| switches_off(statement));
    switched.map(finding).collect()
}

fn finding(statement: &Statement<'_, '_>) -> Finding {
    let message = "`standard_conforming_strings` is switched off, but the file's strings are read as \
                   if it were on";
    Finding::new(statement.range(), message)
        .of(Rule::StringSetting)
        .help("remove it, and write strings that hold backslashes as E'…'")
}

fn switches_off(statement: &Statement<'_, '_>) -> bool {
    begins(statement, "SET [SESSION|LOCAL] standard_conforming_strings")
        && statement.code().last().is_some_and(|value| {
            let value = value.text.trim_matches('\'');
            ["off", "false", "no", "0", "f"].iter().any(|off| value.eq_ignore_ascii_case(off))
        })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::rules::found;

    #[test]
    fn finds_where_it_is_switched_off() {
        for text in [
            "SET standard_conforming_strings = off",
            "set local Standard_Conforming_Strings to 'FALSE'",
            "SET SESSION standard_conforming_strings=0",
        ] {
            assert_eq!(found(check, text), [text]);
        }
        for text in [
            "SET standard_conforming_strings = on",
            "SET standard_conforming_strings TO DEFAULT",
            "SHOW standard_conforming_strings",
            "SET x = off",
        ] {
            assert_eq!(found(check, text), [""; 0], "{text:?}");
        }
    }
}
