//! Sets of texts that stand beside their tests: what the macro embeds, read as it reads it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, path::Path};

use migrations_runtime::__private::{Batch, Effect, Source, Step};
use migrations_runtime::Migrations;
use migrations_source as source;
use migrations_tests::by_hand_sources;

/// A set of these files, numbered from 1. The first of them alone have the same checksums.
pub(crate) fn set(texts: &[&str]) -> Migrations {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed).to_string();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("texts").join(number);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (number, text) in (1..).zip(texts) {
        fs::write(folder.join(format!("{number:04}_file.sql")), text).unwrap();
    }
    let read = source::read(&folder);
    let errors = read.problems.iter().filter(|it| it.severity() == source::Severity::Error);
    assert_eq!(errors.map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
    let embedded =
        read.migrations.iter().zip(texts).map(|(migration, text)| embed(migration, text));
    by_hand_sources(&embedded.collect::<Vec<_>>())
}

fn embed(migration: &source::Migration, text: &str) -> Source {
    let directives = &migration.directives;
    let part = |part: &source::Part| {
        let data = part.data.clone().unwrap_or_default();
        [part.sql.start, part.sql.end, data.start, data.end]
    };
    let places = migration.statements.iter().flat_map(|it| [it.range.start, it.range.end, it.line]);
    let batch = Batch {
        pause: directives.batch_pause.unwrap_or_default(),
        rate: directives.batch_rate.unwrap_or_default(),
    };
    let step = |step: &source::Step| Step { checksum: step.checksum, effect: effect(&step.effect) };
    Source {
        version: migration.version,
        name: "file",
        path: format!("texts/{:04}_file.sql", migration.version).leak(),
        sql: text.to_owned().leak(),
        checksum: migration.checksum,
        statements: bytes(places),
        parts: bytes(migration.parts.iter().flat_map(part)),
        sets_custom_settings: migration.sets_custom_settings,
        no_transaction: directives.are_one_by_one(),
        steps: migration.steps.iter().map(step).collect::<Vec<_>>().leak(),
        batch: directives.batch.then_some(batch),
        lock_timeout: directives.lock_timeout,
        statement_timeout: directives.statement_timeout,
        ..Source::EMPTY
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
