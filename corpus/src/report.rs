use crate::findings::{Difference, Figures, Findings, Kind, Tally};

const HEAD: &str = "group";

/// Prints the table, and as many differences as asked for, the worst first.
pub(crate) fn print(version: &str, findings: &Findings, list: usize) {
    println!("PostgreSQL {version}\n");
    print_table(findings);
    println!("\n{} differences", findings.differences.len());
    let mut differences: Vec<_> = findings.differences.iter().collect();
    differences.sort_by_key(|difference| difference.kind);
    differences.into_iter().take(list).for_each(print_difference);
}

fn print_table(findings: &Findings) {
    println!(
        "{HEAD:16} skipped |{} same |{} same | splitting |{} moved",
        head("files"),
        head("statements"),
        head("as written")
    );
    let mut all = Figures::default();
    for (group, figures) in &findings.groups {
        print_line(group, figures);
        all.add(figures);
    }
    print_line("all", &all);
}

fn head(texts: &str) -> String {
    format!("{texts:>11} refused false missed")
}

fn print_line(group: &str, figures: &Figures) {
    let Figures { skipped, splitting, files, statements, as_written, moved } = figures;
    println!(
        "{group:16} {skipped:7} |{} {:4} |{} {:4} | {splitting:9} |{} {moved:5}",
        columns(files),
        files.same,
        columns(statements),
        statements.same,
        columns(as_written)
    );
}

fn columns(tally: &Tally) -> String {
    let Tally { texts, refused, false_errors, misses, .. } = tally;
    format!("{texts:11} {refused:7} {false_errors:5} {misses:6}")
}

fn print_difference(difference: &Difference) {
    let Difference { path, position, kind, server, ours } = difference;
    let kind = match kind {
        Kind::Splitting => "splitting",
        Kind::Moved => "moved",
        Kind::FalseError => "false error",
        Kind::Miss => "missed",
        Kind::Place => "other place or message",
    };
    println!("{}:{position}: {kind}\n    server: {server}\n    ours:   {ours}", path.display());
}
