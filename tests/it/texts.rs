//! Sets of texts that stand beside their tests: what the macro embeds, read as it reads it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use migrations_runtime::__private::{Batch, Effect, OneByOne, Parts, Source, Step, migration};
use migrations_runtime::{Kind, Migrations};
use migrations_source as source;
use migrations_tests::by_hand_set;

/// A set of these files, numbered from 1. The first of them alone have the same checksums.
///
/// It has no digest, so that it is never found to be current without a look at the rows.
pub(crate) fn set(texts: &[&str]) -> Migrations {
    let names: Vec<_> = (1..=texts.len()).map(|number| format!("{number:04}_file.sql")).collect();
    let files: Vec<_> = names.iter().map(String::as_str).zip(texts.iter().copied()).collect();
    let folder = read(&files);
    by_hand_set(None, &embed_all(&folder.migrations), &[], "")
}

/// A set of these files, each by its name in the folder: `0001_file.sql`, `0001_file.down.sql` or
/// `repeatable/view.sql`.
pub(crate) fn set_of(files: &[(&str, &str)]) -> Migrations {
    let folder = read(files);
    let digest = source::set_digest(&folder.migrations, &folder.repeatables);
    let [list, repeatables] = [&folder.migrations, &folder.repeatables].map(|it| embed_all(it));
    by_hand_set(None, &list, &repeatables, digest.leak())
}

fn read(files: &[(&str, &str)]) -> source::Folder {
    let read = folder_of(files);
    let errors = read.problems.iter().filter(|it| it.severity() == source::Severity::Error);
    assert_eq!(errors.map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
    read
}

/// What is read of these files, right or wrong.
pub(crate) fn folder_of(files: &[(&str, &str)]) -> source::Folder {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed).to_string();
    let folder = scratch("texts").join(number);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join(source::REPEATABLE)).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    source::read(&folder)
}

/// A directory of this process: others may run the same tests at the same time, on another version of the
/// server.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let process = std::process::id().to_string();
    let process = Path::new(env!("CARGO_TARGET_TMPDIR")).join(process);
    fs::create_dir_all(&process).unwrap();
    process.join(name)
}

fn embed_all(files: &[source::Migration]) -> Vec<Source> {
    files.iter().map(embed).collect()
}

fn embed(file: &source::Migration) -> Source {
    let directives = &file.directives;
    let places = file.statements.iter().flat_map(|it| [it.range.start, it.range.end, it.line]);
    let batch = Batch {
        pause: directives.batch_pause.unwrap_or_default(),
        rate: directives.batch_rate.unwrap_or_default(),
    };
    let step = |step: &source::Step| Step { checksum: step.checksum, effect: effect(&step.effect) };
    let down =
        |down: &source::Migration| -> &'static _ { Box::leak(migration(embed(down)).into()) };
    Source {
        kind: kind(file.kind),
        version: file.version,
        name: file.name.clone().leak(),
        path: format!("texts/{}", file.file_name()).leak(),
        sql: fs::read_to_string(&file.path).unwrap().leak(),
        checksum: file.checksum,
        statements: bytes(places),
        parts: parts(&file.parts),
        sets_custom_settings: file.sets_custom_settings,
        one_by_one: directives.are_one_by_one().then(|| {
            let steps = file.steps.iter().map(step).collect::<Vec<_>>();
            OneByOne::new(steps.leak(), directives.batch.then_some(batch))
        }),
        lock_timeout: directives.lock_timeout,
        statement_timeout: directives.statement_timeout,
        accepted: directives.accepted.clone().leak(),
        down: file.down.as_deref().map(down),
    }
}

fn parts(parts: &[source::Part]) -> Option<Parts> {
    let places = |part: &source::Part| {
        let data = part.data.clone().unwrap_or_default();
        [part.sql.start, part.sql.end, data.start, data.end]
    };
    (!parts.is_empty()).then(|| Parts::new(bytes(parts.iter().flat_map(places))))
}

fn kind(kind: source::Kind) -> Kind {
    match kind {
        source::Kind::Versioned => Kind::Versioned,
        source::Kind::Down => Kind::Down,
        source::Kind::Repeatable => Kind::Repeatable,
    }
}

fn bytes(numbers: impl Iterator<Item = usize>) -> &'static [u8] {
    let bytes = numbers.flat_map(|number| u32::try_from(number).unwrap().to_le_bytes());
    bytes.collect::<Vec<_>>().leak()
}

fn effect(effect: &source::Effect) -> Effect {
    let text = |text: &String| -> &'static str { text.clone().leak() };
    match effect {
        source::Effect::Transactional => Effect::Transactional,
        source::Effect::Setting { until } => Effect::Setting { until: *until },
        source::Effect::CreateIndex { index, table } => {
            Effect::CreateIndex { index: index.as_ref().map(text), table: text(table) }
        }
        source::Effect::DropIndex { index } => Effect::DropIndex { index: text(index) },
        source::Effect::Reindex { relation } => {
            Effect::Reindex { relation: relation.as_ref().map(text) }
        }
        source::Effect::DetachPartition { table, partition } => {
            Effect::DetachPartition { table: text(table), partition: text(partition) }
        }
        source::Effect::CreateDatabase { name } => Effect::CreateDatabase { name: text(name) },
        source::Effect::DropDatabase { name } => Effect::DropDatabase { name: text(name) },
        source::Effect::CreateTablespace { name } => Effect::CreateTablespace { name: text(name) },
        source::Effect::DropTablespace { name } => Effect::DropTablespace { name: text(name) },
        source::Effect::Repeatable => Effect::Repeatable,
        source::Effect::Opaque => Effect::Opaque,
        source::Effect::Unknown => Effect::Unknown,
    }
}
